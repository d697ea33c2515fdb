/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A fuzz target's corpus, run once by `make check`: the directory of the
 * corpus is that of the program's name below $srcdir/tests/fuzz/corpus.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t data[1 << 20];

static int run_file(const char *dir, const char *name)
{
	char path[4096];
	size_t size;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "rb");
	if (!f) {
		return 1;
	}
	size = fread(data, 1, sizeof(data), f);
	fclose(f);
	fprintf(stderr, "# %s\n", name);
	LLVMFuzzerTestOneInput(data, size);
	return 0;
}

int main(int argc, char **argv)
{
	const char *srcdir = getenv("srcdir");
	const char *name = strrchr(argv[0], '/');
	char dir[2048];
	struct dirent *e;
	unsigned int nr = 0;
	DIR *d;

	snprintf(dir, sizeof(dir), "%s/tests/fuzz/corpus/%s",
		 srcdir ? srcdir : ".", name ? name + 1 : argv[0]);
	d = opendir(argc > 1 ? argv[1] : dir);
	if (!d) {
		printf("Bail out! no corpus in %s\n", dir);
		return 1;
	}
	while ((e = readdir(d))) {
		if (e->d_name[0] == '.') {
			continue;
		}
		if (run_file(argc > 1 ? argv[1] : dir, e->d_name)) {
			printf("not ok %u - %s\n", ++nr, e->d_name);
			continue;
		}
		printf("ok %u - %s\n", ++nr, e->d_name);
	}
	closedir(d);
	printf("1..%u\n", nr);
	return nr == 0;
}
