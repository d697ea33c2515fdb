/* SPDX-License-Identifier: BSD-2-Clause */
/* Looking at event channels: SCHEDOP_poll, and the console. */
#include "evtchn/evtchn.h"
#include "evtchn/internal.h"
#include "lib/format.h"

int evtchn_poll(struct vcpu *v, const evtchn_port_t *ports, unsigned int nr)
{
	struct domain *d = v->domain;
	unsigned int i;
	int rc = 0;

	spin_lock(&d->evtchn->lock);
	for (i = 0; i < nr && !rc; i++) {
		const struct evtchn *chn = evtchn_find(d->evtchn, ports[i]);

		if (!chn) {
			rc = -XEN_EINVAL;
		} else if (evtchn_in_use(chn)) {
			rc = evtchn_is_pending(d, ports[i]);
		}
	}
	spin_unlock(&d->evtchn->lock);
	return rc;
}

static const char *const state_name[] = {
	[PORT_UNBOUND] = "unbound",
	[PORT_INTERDOMAIN] = "interdomain",
	[PORT_VIRQ] = "virq",
	[PORT_IPI] = "ipi",
	[PORT_XEN_UNBOUND] = "hypervisor, unbound",
	[PORT_XEN] = "hypervisor",
	[PORT_TO_XEN] = "to hypervisor",
};

static void dump_port(struct domain *d, uint32_t port,
		      void (*line)(const char *text))
{
	const struct evtchn *chn = evtchn_find(d->evtchn, port);
	char what[48] = "";
	char text[128];

	if (!evtchn_in_use(chn)) {
		return;
	}
	if (chn->state == PORT_UNBOUND || chn->state == PORT_XEN_UNBOUND) {
		fmt_str(what, sizeof(what), " for d%u", chn->remote_id);
	} else if (evtchn_is_connected(chn)) {
		fmt_str(what, sizeof(what), " d%u port %u", chn->remote->id,
			chn->target);
	} else if (chn->state == PORT_VIRQ) {
		fmt_str(what, sizeof(what), " %u", chn->target);
	}
	fmt_str(text, sizeof(text), "  port %u: v%u %s%s%s%s", port, chn->vcpu,
		state_name[chn->state], what,
		evtchn_is_pending(d, port) ? " pending" : "",
		evtchn_is_masked(d, port) ? " masked" : "");
	line(text);
}

void evtchn_dump(struct domain *d, void (*line)(const char *text))
{
	struct evtchn_domain *ed = d->evtchn;
	char text[64];
	uint32_t port;

	spin_lock(&ed->lock);
	fmt_str(text, sizeof(text), "d%u: %u event channels, %s", d->id,
		ed->nr_active, ed->fifo ? "fifo" : "2-level");
	line(text);
	for (port = 1; port < ed->nr_valid; port++) {
		dump_port(d, port, line);
	}
	spin_unlock(&ed->lock);
}
