/* SPDX-License-Identifier: BSD-2-Clause */
/* lint: sizes text format; as: xen/core/hypercall/sample.c */
const char *name_of(int number)
{
	switch (number) {
	case 1:
		return "name 1";
	case 2:
		return "name 2";
	case 3:
		return "name 3";
	case 4:
		return "name 4";
	case 5:
		return "name 5";
	case 6:
		return "name 6";
	case 7:
		return "name 7";
	case 8:
		return "name 8";
	case 9:
		return "name 9";
	case 10:
		return "name 10";
	case 11:
		return "name 11";
	case 12:
		return "name 12";
	case 13:
		return "name 13";
	case 14:
		return "name 14";
	case 15:
		return "name 15";
	case 16:
		return "name 16";
	case 17:
		return "name 17";
	case 18:
		return "name 18";
	case 19:
		return "name 19";
	case 20:
		return "name 20";
	case 21:
		return "name 21";
	case 22:
		return "name 22";
	case 23:
		return "name 23";
	case 24:
		return "name 24";
	case 25:
		return "name 25";
	case 26:
		return "name 26";
	case 27:
		return "name 27";
	case 28:
		return "name 28";
	case 29:
		return "name 29";
	case 30:
		return "name 30";
	case 31:
		return "name 31";
	case 32:
		return "name 32";
	case 33:
		return "name 33";
	case 34:
		return "name 34";
	case 35:
		return "name 35";
	case 36:
		return "name 36";
	case 37:
		return "name 37";
	case 38:
		return "name 38";
	case 39:
		return "name 39";
	case 40:
		return "name 40";
	default:
		return 0;
	}
}
