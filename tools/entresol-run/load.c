/* SPDX-License-Identifier: BSD-2-Clause */
/* Kernel and ramdisk go into the guest's RAM. */
#include <elf.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "load.h"
#include "report.h"

#define EXTENT 0x200000ull

/* The head of a Linux Image: Documentation/arm64/booting of Linux. */
struct image_head {
	uint32_t code[2];
	uint64_t text_offset;
	uint64_t image_size; /* 0: an old one, which does not tell */
	uint64_t flags;
	uint64_t reserved[3];
	char magic[4];
	uint32_t pe;
};

_Static_assert(sizeof(struct image_head) == 64, "Linux Image header");

/* ------------------------------------------------------------------- files */

int file_open(struct file *f, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	off_t size = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
	void *data = MAP_FAILED;

	*f = (struct file){ .path = path };
	if (size > 0) {
		data = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	}
	if (size < 0 || (size > 0 && data == MAP_FAILED)) {
		failed("%s", path);
	} else if (!size) {
		report("%s is empty", path);
	}
	if (fd >= 0) {
		close(fd);
	}
	if (data == MAP_FAILED) {
		return -1;
	}
	f->data = data;
	f->size = size;
	return 0;
}

void file_close(struct file *f)
{
	if (f->data) {
		munmap((void *)(uintptr_t)f->data, f->size);
	}
	f->data = NULL;
}

/* ------------------------------------------------------------------ kernel */

static bool in_ram(const struct guest *g, uint64_t base, uint64_t size)
{
	for (int i = 0; i < 2; i++) {
		const struct bank *b = &g->bank[i];

		if (base >= b->base && base - b->base <= b->size &&
		    size <= b->size - (base - b->base)) {
			return true;
		}
	}
	return false;
}

static int too_small(const struct file *f, uint64_t base, uint64_t size)
{
	report("%s needs %#llx bytes at %#llx, where the guest has no memory",
	       f->path, (unsigned long long)size, (unsigned long long)base);
	return -1;
}

static int load_image(struct guest *g, const struct file *f, struct layout *at)
{
	struct image_head head;
	uint64_t size;

	memcpy(&head, f->data, sizeof(head));
	at->entry = g->bank[0].base + head.text_offset;
	size = head.image_size > f->size ? head.image_size : f->size;
	at->kernel_end = at->entry + size;
	if (!in_ram(g, at->entry, size)) {
		return too_small(f, at->entry, size);
	}
	return guest_write(g, at->entry, f->data, f->size);
}

static int load_segment(struct guest *g, const struct file *f,
			const Elf64_Phdr *p, struct layout *at)
{
	if (p->p_offset > f->size || p->p_filesz > f->size - p->p_offset ||
	    p->p_filesz > p->p_memsz) {
		report("%s is cut short", f->path);
		return -1;
	}
	if (!in_ram(g, p->p_paddr, p->p_memsz)) {
		return too_small(f, p->p_paddr, p->p_memsz);
	}
	if (p->p_paddr + p->p_memsz > at->kernel_end) {
		at->kernel_end = p->p_paddr + p->p_memsz;
	}
	/* RAM comes as zeroes: what follows the file's bytes is done. */
	return guest_write(g, p->p_paddr, f->data + p->p_offset, p->p_filesz);
}

/* The physical address of a virtual one. */
static uint64_t physical(const Elf64_Phdr *p, uint64_t va)
{
	return p->p_type == PT_LOAD && va >= p->p_vaddr &&
			       va - p->p_vaddr < p->p_memsz
		       ? va - p->p_vaddr + p->p_paddr
		       : 0;
}

static int load_elf(struct guest *g, const struct file *f, struct layout *at)
{
	Elf64_Ehdr head;
	Elf64_Phdr p;

	memcpy(&head, f->data, sizeof(head));
	if (head.e_ident[EI_CLASS] != ELFCLASS64 ||
	    head.e_ident[EI_DATA] != ELFDATA2LSB ||
	    head.e_machine != EM_AARCH64 || head.e_phentsize != sizeof(p)) {
		report("%s is no ELF file for AArch64", f->path);
		return -1;
	}
	if (head.e_phoff > f->size ||
	    head.e_phnum > (f->size - head.e_phoff) / sizeof(p)) {
		report("%s is cut short", f->path);
		return -1;
	}
	at->entry = 0;
	at->kernel_end = g->bank[0].base;
	for (unsigned int i = 0; i < head.e_phnum; i++) {
		memcpy(&p, f->data + head.e_phoff + i * sizeof(p), sizeof(p));
		if (p.p_type == PT_LOAD && load_segment(g, f, &p, at)) {
			return -1;
		}
		at->entry |= physical(&p, head.e_entry);
	}
	if (!at->entry) {
		report("%s: its entry is in none of its segments", f->path);
		return -1;
	}
	return 0;
}

int load_kernel(struct guest *g, const struct file *f, struct layout *at)
{
	const size_t magic = offsetof(struct image_head, magic);

	if (f->size >= sizeof(struct image_head) &&
	    !memcmp(f->data + magic, "ARM\x64", 4)) {
		return load_image(g, f, at);
	}
	if (f->size >= sizeof(Elf64_Ehdr) &&
	    !memcmp(f->data, ELFMAG, SELFMAG)) {
		return load_elf(g, f, at);
	}
	report("%s is neither an arm64 Image nor ELF%s", f->path,
	       f->size > 2 && !memcmp(f->data, "\x1f\x8b", 2)
		       ? " (it is compressed: gzip -d)"
		       : "");
	return -1;
}

/* ----------------------------------------------------------------- ramdisk */

/*
 * Linux takes a tree in one piece of 2 MiB, and a ramdisk anywhere. Above
 * the low 3 GiB would be too far for older kernels.
 */
int load_ramdisk(struct guest *g, const struct file *f, size_t tree_size,
		 struct layout *at)
{
	uint64_t end = g->bank[0].base + g->bank[0].size;
	uint64_t room = at->kernel_end < end ? end - at->kernel_end : 0;
	uint64_t size = f ? (f->size + PAGE - 1) / PAGE * PAGE : 0;

	if (room < EXTENT + tree_size || size > room - EXTENT - tree_size) {
		report("no room for %s after the kernel: --memory is too small",
		       f ? f->path : "the device tree");
		return -1;
	}
	at->tree = (end - tree_size) / EXTENT * EXTENT;
	if (!f) {
		return 0;
	}
	at->ramdisk = at->tree - size;
	at->ramdisk_size = f->size;
	return guest_write(g, at->ramdisk, f->data, f->size);
}
