/* lint: text; as: xen/lib/sample.c; says: no SPDX line */
