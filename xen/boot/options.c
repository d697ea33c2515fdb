/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/options.h"

#include <stdlib.h>
#include <string.h>

#include <core/compiler.h>

#define WORD_SIZE	 128
#define DEFAULT_DOM0_MEM (UINT64_C(512) << 20)

/* "512M", "1G", "0x20000000"; KiB without unit, as with Xen. False: not a
 * size. "min:", "max:" and lists are not supported. */
static bool parse_size(const char *text, uint64_t *bytes)
{
	static const char units[] = "bkmgt";
	char *end;
	uint64_t n = strtoul(text, &end, 0);
	const char *unit = "k";
	unsigned int shift;

	if (end == text || n == ~0UL) {
		return false;
	}
	if (*end) {
		unit = strchr(units, *end | 0x20);
		end++;
	}
	if (!unit || !*unit || *end) {
		return false;
	}
	shift = 10 * (unsigned int)(strchr(units, *unit) - units);
	if (n << shift >> shift != n) {
		return false;
	}
	*bytes = n << shift;
	return true;
}

static bool parse_number(const char *text, unsigned int *n)
{
	char *end;
	unsigned long v = strtoul(text, &end, 0);

	*n = (unsigned int)v;
	return end != text && !*end && v <= 0xffff;
}

static bool set_dom0_mem(struct options *o, const char *value)
{
	return parse_size(value, &o->dom0_mem);
}

static bool set_dom0_max_vcpus(struct options *o, const char *value)
{
	return parse_number(value, &o->dom0_max_vcpus);
}

static bool set_max_cpus(struct options *o, const char *value)
{
	return parse_number(value, &o->max_cpus);
}

/* "dtuart" is what Xen's users write for the UART of the device tree. */
static bool set_console(struct options *o, const char *value)
{
	if (!strcmp(value, "dtuart")) {
		return true;
	}
	if (strlen(value) >= sizeof(o->console)) {
		return false;
	}
	memcpy(o->console, value, strlen(value) + 1);
	return true;
}

/* "error", "warning", "info", "debug" or "all"; "all/all" as Xen has it. */
static bool set_loglvl(struct options *o, const char *value)
{
	static const char *const names[] = {
		[LOG_ERR] = "error",
		[LOG_WARN] = "warning",
		[LOG_INFO] = "info",
		[LOG_DEBUG] = "debug",
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++) {
		size_t n = strlen(names[i]);

		if (!strncmp(value, names[i], n) &&
		    (!value[n] || value[n] == '/')) {
			o->loglvl = i;
			return true;
		}
	}
	o->loglvl = LOG_DEBUG;
	return !strncmp(value, "all", 3) && (!value[3] || value[3] == '/');
}

static bool set_noreboot(struct options *o, const char *value)
{
	o->noreboot = strcmp(value, "0") && strcmp(value, "no") &&
		      strcmp(value, "false");
	return true;
}

static const struct {
	const char *name;
	bool (*set)(struct options *o, const char *value);
} known[] = {
	{ "dom0_mem", set_dom0_mem }, { "dom0_max_vcpus", set_dom0_max_vcpus },
	{ "maxcpus", set_max_cpus },  { "console", set_console },
	{ "dtuart", set_console }, /* as Xen has it */
	{ "loglvl", set_loglvl },     { "noreboot", set_noreboot },
};

static void parse_word(char *word, struct options *o)
{
	char *value = strchr(word, '=');

	if (value) {
		*value++ = '\0';
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(known); i++) {
		if (strcmp(word, known[i].name)) {
			continue;
		}
		if (!known[i].set(o, value ? value : "")) {
			log_warn("option %s: cannot use \"%s\"", word,
				 value ? value : "");
		}
		return;
	}
	log_warn("option %s is unknown and ignored", word);
}

void options_parse(const char *line, struct options *o)
{
	char word[WORD_SIZE];

	*o = (struct options){ .dom0_mem = DEFAULT_DOM0_MEM,
			       .loglvl = LOG_INFO };
	while (*line) {
		size_t n = 0;

		while (*line == ' ') {
			line++;
		}
		for (; *line && *line != ' '; line++) {
			if (n + 1 < sizeof(word)) {
				word[n++] = *line;
			}
		}
		word[n] = '\0';
		if (n) {
			parse_word(word, o);
		}
	}
}
