/* SPDX-License-Identifier: BSD-2-Clause */
/* Everything that happens while a guest runs. */
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include <xenctrl.h>
#include <xenevtchn.h>

#include <xen/sched.h>

#include "report.h"
#include "watch.h"

#define ESCAPE 0x1d /* Ctrl-] */
/* Others may have VIRQ_DOM_EXC: xenstored has. Then the guest is asked about
 * every so many milliseconds; and now and then in any case. */
#define ASK_OFTEN  100
#define ASK_SELDOM 2000

enum { SIGNALS, EVENTS, INPUT, NR_FDS };

struct watching {
	struct console *console;
	struct pollfd fds[NR_FDS];
	int virq;	      /* port of VIRQ_DOM_EXC, or -1 */
	bool raw;	      /* the terminal is changed     */
	struct termios saved; /* to this again               */
};

/* ----------------------------------------------------------------- signals */

int signals_hold(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &set, NULL)) {
		return failed("signals");
	}
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int signals_pending(int fd)
{
	struct signalfd_siginfo info;

	return read(fd, &info, sizeof(info)) == sizeof(info)
		       ? (int)info.ssi_signo
		       : 0;
}

/* --------------------------------------------------------------- terminal */

static void terminal_raw(struct watching *w)
{
	struct termios t;

	if (tcgetattr(STDIN_FILENO, &w->saved)) {
		return;
	}
	t = w->saved;
	cfmakeraw(&t);
	/* The guest's lines end as they should anyway. */
	t.c_oflag |= OPOST;
	w->raw = !tcsetattr(STDIN_FILENO, TCSANOW, &t);
}

static void terminal_restore(struct watching *w)
{
	if (w->raw) {
		tcsetattr(STDIN_FILENO, TCSANOW, &w->saved);
	}
}

/* ---------------------------------------------------------------- the end */

static enum status status_of(unsigned int reason)
{
	static const enum status of[] = {
		[SHUTDOWN_poweroff] = STATUS_POWEROFF,
		[SHUTDOWN_reboot] = STATUS_REBOOT,
		[SHUTDOWN_suspend] = STATUS_SUSPEND,
		[SHUTDOWN_crash] = STATUS_CRASH,
		[SHUTDOWN_watchdog] = STATUS_WATCHDOG,
	};

	return reason < sizeof(of) / sizeof(of[0]) ? of[reason] : STATUS_OTHER;
}

/* Whether the guest has ended, and how. */
static bool has_ended(const struct guest *g, enum status *status)
{
	xc_domaininfo_t info;
	int nr = xc_domain_getinfolist(g->xch, g->domid, 1, &info);

	if (nr < 0) {
		failed("asking about d%u", g->domid);
		*status = STATUS_ERROR;
		return true;
	}
	if (!nr || info.domain != g->domid || info.flags & XEN_DOMINF_dying) {
		*status = STATUS_DESTROYED;
		return true;
	}
	*status = status_of((info.flags >> XEN_DOMINF_shutdownshift) &
			    XEN_DOMINF_shutdownmask);
	return info.flags & XEN_DOMINF_shutdown;
}

/* ------------------------------------------------------------------ events */

/* Return: 0 or -1. */
static int take_event(struct watching *w)
{
	xenevtchn_handle *xce = w->console->guest->xce;
	int port = xenevtchn_pending(xce);

	if (port < 0) {
		return failed("events");
	}
	xenevtchn_unmask(xce, port);
	return console_move(w->console);
}

/* Return: 0, or -1: the user wants the end. */
static int take_input(struct watching *w)
{
	char text[TYPED];
	ssize_t nr = read(STDIN_FILENO, text, console_room(w->console));
	const char *escape;

	if (nr <= 0) {
		/* No more will come; the guest goes on. */
		w->fds[INPUT].fd = -1;
		return 0;
	}
	escape = w->raw ? memchr(text, ESCAPE, nr) : NULL;
	console_type(w->console, text, escape ? escape - text : nr);
	return console_move(w->console) || escape ? -1 : 0;
}

/* One wait. Return: whether the watch is over, and with what. */
static bool turn(struct watching *w, enum status *status)
{
	int wait = w->virq < 0 ? ASK_OFTEN : ASK_SELDOM;
	int rc = 0;

	w->fds[INPUT].events = console_room(w->console) ? POLLIN : 0;
	if (poll(w->fds, NR_FDS, wait) < 0) {
		failed("waiting");
		*status = STATUS_ERROR;
		return true;
	}
	if (w->fds[SIGNALS].revents) {
		*status = STATUS_SIGNAL + signals_pending(w->fds[SIGNALS].fd);
		return true;
	}
	if (w->fds[EVENTS].revents) {
		rc = take_event(w);
	}
	if (!rc && w->fds[INPUT].revents) {
		rc = take_input(w);
	}
	if (rc) {
		*status = STATUS_SIGNAL + SIGHUP;
		return true;
	}
	return has_ended(w->console->guest, status);
}

enum status watch(struct console *c, const struct options *o, int signals)
{
	xenevtchn_handle *xce = c->guest->xce;
	struct watching w = {
		.console = c,
		.fds = { [SIGNALS] = { .fd = signals, .events = POLLIN },
			 [EVENTS] = { .fd = xenevtchn_fd(xce),
				      .events = POLLIN },
			 [INPUT] = { .fd = o->console ? STDIN_FILENO : -1 } },
		.virq = xenevtchn_bind_virq(xce, VIRQ_DOM_EXC),
	};
	enum status status;

	if (o->console) {
		terminal_raw(&w);
	}
	while (!turn(&w, &status)) {
	}
	console_move(c);
	terminal_restore(&w);
	return status;
}
