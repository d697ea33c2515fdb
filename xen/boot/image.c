/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/image.h"

#include <arch/map.h>
#include <core/bits.h>
#include <core/errno.h>
#include <core/log.h>

#define SIZE_2M		 (UINT64_C(2) << 20)
#define IMAGE_MAGIC	 0x644d5241 /* "ARM\x64" */
#define IMAGE_BIG_ENDIAN BIT(0)

/* The first 64 bytes of an Image. */
struct image_header {
	uint32_t code[2];
	uint64_t text_offset;
	uint64_t image_size;
	uint64_t flags;
	uint64_t reserved[3];
	uint32_t magic;
	uint32_t pe_offset;
};
_Static_assert(sizeof(struct image_header) == 64, "arm64 Image header");

int image_parse(struct dt_range file, struct kernel_image *image)
{
	const struct image_header *h = paddr_to_ptr(PADDR(file.base));
	const uint8_t *bytes = (const uint8_t *)h;

	if (file.size < sizeof(*h)) {
		log_err("kernel: %llu bytes are too few for an Image",
			(unsigned long long)file.size);
		return -XEN_EINVAL;
	}
	if (bytes[0] == 0x1f && bytes[1] == 0x8b) {
		log_err("kernel: compressed with gzip; an Image is needed");
		return -XEN_EINVAL;
	}
	if (h->magic != IMAGE_MAGIC) {
		log_err("kernel: no arm64 Image (magic %#x, not %#x)", h->magic,
			IMAGE_MAGIC);
		return -XEN_EINVAL;
	}
	if (h->flags & IMAGE_BIG_ENDIAN) {
		log_err("kernel: big endian Images are not supported");
		return -XEN_EINVAL;
	}
	/* A size of 0 is from before 3.17: the file, and text_offset fixed. */
	image->text_offset = h->image_size ? h->text_offset : 0x80000;
	image->size = max_u64(h->image_size, file.size);
	if (image->text_offset >= SIZE_2M || image->size >> 32) {
		log_err("kernel: text_offset %#llx or size %#llx is senseless",
			(unsigned long long)h->text_offset,
			(unsigned long long)h->image_size);
		return -XEN_EINVAL;
	}
	return 0;
}

int layout_fit(struct dt_range bank, const struct kernel_image *image,
	       uint64_t initrd_size, uint64_t tree_size,
	       struct boot_layout *layout)
{
	uint64_t base = align_up(bank.base, SIZE_2M);
	uint64_t kernel_end = base + image->text_offset + image->size;
	uint64_t end = bank.base + bank.size;
	uint64_t initrd, tree;

	if (tree_size > SIZE_2M) {
		return -XEN_E2BIG;
	}
	if (initrd_size > bank.size || tree_size > bank.size) {
		return -XEN_ENOMEM;
	}
	initrd = align_down(end - initrd_size, PAGE_SIZE);
	/* The tree may not cross a 2 MiB boundary of Linux's early mapping:
	 * it starts on one. */
	tree = align_down(initrd - tree_size, SIZE_2M);
	if (initrd < tree_size || tree < align_up(kernel_end, PAGE_SIZE) ||
	    kernel_end < base || tree < bank.base) {
		return -XEN_ENOMEM;
	}
	layout->kernel =
		(struct dt_range){ base + image->text_offset, image->size };
	layout->initrd = (struct dt_range){ initrd, initrd_size };
	layout->tree = (struct dt_range){ tree, tree_size };
	return 0;
}
