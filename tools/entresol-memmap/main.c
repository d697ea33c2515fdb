/* SPDX-License-Identifier: BSD-2-Clause */
/* entresol-memmap: what is where in a domain's address space, for people. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "hypervisor.h"

#define DOMID_SELF 0x7ff0

struct options {
	print_fn *print;
	uint16_t domid;
	const char *save;
	const char *from;
	const char *output;
	struct range range;
};

static const char help[] =
	"usage: entresol-memmap [OPTION...]\n"
	"\n"
	"Show the memory map of a domain of the Entresol hypervisor: its tree of\n"
	"regions, what is hidden of them and by what, what shows where, and the\n"
	"stage-2 table.\n"
	"\n"
	"  -t, --text         as text (without any of these three)\n"
	"  -j, --json         as JSON, for programs\n"
	"  -s, --svg          as a picture\n"
	"  -d, --domain ID    of this domain (the one that asks)\n"
	"  -r, --range A-B    addresses from A to below B only; K, M, G, T are known\n"
	"      --save FILE    keep what the hypervisor says, and print nothing\n"
	"  -f, --from FILE    show what was kept, on any machine\n"
	"  -o, --output FILE  write there\n"
	"  -h, --help         this text\n"
	"\n"
	"Status: 0 good, 1 an error of this machine, 2 bad usage, 3 no Entresol\n"
	"below, 4 no such domain, 5 not permitted, 6 a file that is no saved map.\n"
	"\n"
	"examples:\n"
	"  entresol-memmap                          the own map as text\n"
	"  entresol-memmap -d 1 -s -o d1.svg        that of domain 1 as a picture\n"
	"  entresol-memmap -r 0x8000000-0xc000000   a part of it\n";

/* ---------------------------------------------------------------- options */

static bool parse_address(const char *text, char end, uint64_t *v,
			  const char **rest)
{
	static const char units[] = "KMGT";
	char *at;
	const char *unit;

	if (*text < '0' || *text > '9') {
		return false;
	}
	errno = 0;
	*v = strtoull(text, &at, 0);
	unit = *at ? strchr(units, *at) : NULL;
	if (unit) {
		unsigned int shift = 10 * (unit - units + 1);

		if (*v > UINT64_MAX >> shift) {
			return false;
		}
		*v <<= shift;
		at++;
	}
	*rest = at + 1;
	return !errno && *at == end;
}

static bool parse_range(const char *text, struct range *r)
{
	return parse_address(text, '-', &r->from, &text) &&
	       parse_address(text, '\0', &r->to, &text) && r->from < r->to;
}

static bool parse_domid(const char *text, uint16_t *domid)
{
	char *end;
	unsigned long v;

	if (*text < '0' || *text > '9') {
		return false;
	}
	v = strtoul(text, &end, 10);
	*domid = v;
	return !*end && v < DOMID_SELF;
}

enum { OPT_SAVE = 256 };

static const struct option long_options[] = {
	{ "text", no_argument, NULL, 't' },
	{ "json", no_argument, NULL, 'j' },
	{ "svg", no_argument, NULL, 's' },
	{ "domain", required_argument, NULL, 'd' },
	{ "range", required_argument, NULL, 'r' },
	{ "save", required_argument, NULL, OPT_SAVE },
	{ "from", required_argument, NULL, 'f' },
	{ "output", required_argument, NULL, 'o' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/* One option; false: it makes no sense. */
static bool take_option(struct options *o, int option, struct failure *f)
{
	switch (option) {
	case 't':
		o->print = print_text;
		return true;
	case 'j':
		o->print = print_json;
		return true;
	case 's':
		o->print = print_svg;
		return true;
	case 'd':
		return parse_domid(optarg, &o->domid) ||
		       failed(f, STATUS_USAGE, "'%s' is no number of a domain",
			      optarg);
	case 'r':
		return parse_range(optarg, &o->range) ||
		       failed(f, STATUS_USAGE,
			      "'%s' is no range such as 0x8000000-0x9000000 or "
			      "1G-2G",
			      optarg);
	case OPT_SAVE:
		o->save = optarg;
		return true;
	case 'f':
		o->from = optarg;
		return true;
	case 'o':
		o->output = optarg;
		return true;
	case 'h':
		fputs(help, stdout);
		exit(STATUS_OK);
	default:
		/* getopt has said which. */
		exit(STATUS_USAGE);
	}
}

static bool parse_options(struct options *o, int argc, char **argv,
			  struct failure *f)
{
	int option;

	while ((option = getopt_long(argc, argv, "tjsd:r:f:o:h", long_options,
				     NULL)) != -1) {
		if (!take_option(o, option, f)) {
			return false;
		}
	}
	if (optind < argc) {
		return failed(f, STATUS_USAGE, "what is '%s'? (--help)",
			      argv[optind]);
	}
	if (o->save && o->from) {
		return failed(f, STATUS_USAGE,
			      "--save and --from exclude each "
			      "other");
	}
	return true;
}

/* -------------------------------------------------------------- in and out */

static bool load(struct dump *d, const char *path, struct failure *f)
{
	FILE *file = fopen(path, "rb");
	struct failure why;
	bool good;

	if (!file) {
		return failed(f, STATUS_ERROR, "%s: %s", path, strerror(errno));
	}
	good = dump_load(d, file, &why);
	fclose(file);
	return good || failed(f, why.status, "%s: %.200s", path, why.text);
}

static bool ask(struct dump *d, const struct options *o, struct failure *f)
{
	struct hypervisor h;
	bool good;

	if (!hypervisor_open(&h, f)) {
		return false;
	}
	good = dump_read(d, &h, o->domid, f);
	h.close(&h);
	return good;
}

static bool write_out(const struct dump *d, const struct options *o,
		      struct failure *f)
{
	const char *path = o->save ? o->save : o->output;
	FILE *file = path ? fopen(path, "wb") : stdout;
	bool good;

	if (!file) {
		return failed(f, STATUS_ERROR, "%s: %s", path, strerror(errno));
	}
	good = o->save ? dump_save(d, file) : o->print(d, &o->range, file, f);
	good = good && !ferror(file);
	if (fclose(file) || (!good && f->status == STATUS_OK)) {
		return failed(f, STATUS_ERROR, "%s: cannot be written",
			      path ? path : "standard output");
	}
	return good;
}

int main(int argc, char **argv)
{
	struct options o = {
		.print = print_text,
		.domid = DOMID_SELF,
		.range = { 0, UINT64_MAX },
	};
	struct failure f = { STATUS_OK, "" };
	struct dump d = { .domid = 0 };

	if (!parse_options(&o, argc, argv, &f) ||
	    !(o.from ? load(&d, o.from, &f) : ask(&d, &o, &f)) ||
	    !write_out(&d, &o, &f)) {
		fprintf(stderr, "entresol-memmap: %s\n", f.text);
	}
	dump_free(&d);
	return f.status;
}
