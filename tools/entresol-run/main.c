/* SPDX-License-Identifier: BSD-2-Clause */
/* entresol-run: a guest from its creation to its end. */
#include <stdlib.h>
#include <unistd.h>

#include <xenctrl.h>

#include "console.h"
#include "guest.h"
#include "load.h"
#include "options.h"
#include "report.h"
#include "tree.h"
#include "watch.h"

/* The files that the guest is made from. */
struct files {
	struct file kernel;
	struct file ramdisk;
	struct file tree;
};

static int open_files(struct files *f, const struct options *o)
{
	if (file_open(&f->kernel, o->kernel) ||
	    (o->ramdisk && file_open(&f->ramdisk, o->ramdisk)) ||
	    (o->dtb && file_open(&f->tree, o->dtb))) {
		return -1;
	}
	return 0;
}

static void close_files(struct files *f)
{
	file_close(&f->kernel);
	file_close(&f->ramdisk);
	file_close(&f->tree);
}

static int put_tree(struct guest *g, const struct options *o,
		    const struct files *f, const struct layout *at, size_t size)
{
	void *tree = malloc(size);
	int rc;

	if (!tree) {
		return failed("device tree");
	}
	rc = tree_make(g, o, f->tree.data ? &f->tree : NULL, at, tree, size);
	if (!rc) {
		rc = guest_write(g, at->tree, tree, size);
	}
	free(tree);
	return rc;
}

/* Everything goes into its memory. */
static int load(struct guest *g, const struct options *o, const struct files *f,
		struct layout *at)
{
	size_t tree_size = TREE_ROOM + f->tree.size;

	if (load_kernel(g, &f->kernel, at) ||
	    load_ramdisk(g, f->ramdisk.data ? &f->ramdisk : NULL, tree_size,
			 at)) {
		return -1;
	}
	return put_tree(g, o, f, at, tree_size);
}

/* The steps until it could run; a signal ends them between two. */
static enum status prepare(struct guest *g, const struct options *o,
			   const struct files *f, struct layout *at,
			   int signals)
{
	int rc = guest_make(g, o);
	int signal = signals_pending(signals);

	if (!rc && !signal) {
		rc = guest_furnish(g, o);
		signal = signals_pending(signals);
	}
	for (unsigned int i = 0; !rc && !signal && i < o->nr_iomem; i++) {
		rc = guest_map_iomem(g, &o->iomem[i]);
		signal = signals_pending(signals);
	}
	if (!rc && !signal) {
		rc = load(g, o, f, at);
		signal = signals_pending(signals);
	}
	if (signal) {
		return STATUS_SIGNAL + signal;
	}
	return rc ? STATUS_ERROR : STATUS_POWEROFF;
}

static enum status run(struct guest *g, const struct options *o,
		       const struct files *f, int signals)
{
	struct layout at = { 0 };
	struct console console;
	enum status status = prepare(g, o, f, &at, signals);

	if (status != STATUS_POWEROFF) {
		return status;
	}
	if (console_open(&console, g) || guest_start(g, &at)) {
		status = STATUS_ERROR;
	} else {
		if (!o->quiet) {
			report("%s is d%u: %u vCPUs, %llu MiB", o->name,
			       g->domid, o->nr_vcpus,
			       (unsigned long long)o->memory >> 20);
		}
		status = watch(&console, o, signals);
	}
	console_close(&console);
	return status;
}

static void tell_end(const struct options *o, enum status status)
{
	static const char *const how[] = {
		[STATUS_POWEROFF] = "has powered off",
		[STATUS_CRASH] = "has crashed",
		[STATUS_REBOOT] = "asks for a reboot",
		[STATUS_WATCHDOG] = "was ended by its watchdog",
		[STATUS_SUSPEND] = "has suspended",
		[STATUS_OTHER] = "has ended for an unknown reason",
		[STATUS_DESTROYED] = "was destroyed by somebody else",
	};

	if (status >= STATUS_SIGNAL) {
		report("signal %u: %s is destroyed", status - STATUS_SIGNAL,
		       o->name);
	} else if (how[status]) {
		report("%s %s", o->name, how[status]);
	}
}

int main(int argc, char **argv)
{
	struct options options;
	struct files files = { 0 };
	struct guest guest = { 0 };
	enum status status = STATUS_ERROR;
	int signals;

	options_parse(&options, argc, argv);
	signals = signals_hold();
	if (signals < 0 || open_files(&files, &options)) {
		return STATUS_ERROR;
	}
	if (!guest_open(&guest)) {
		status = run(&guest, &options, &files, signals);
	}
	guest_end(&guest);
	close_files(&files);
	if (!options.quiet) {
		tell_end(&options, status);
	}
	return status;
}
