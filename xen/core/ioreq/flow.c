/* SPDX-License-Identifier: BSD-2-Clause */
#include "ioreq/flow.h"

#include <core/bits.h>
#include <core/compiler.h>

/* The slot of a vCPU as four words: the last holds the state, and is stored
 * last. */
static_assert(sizeof(struct ioreq) == 32, "Xen ABI: public/hvm/ioreq.h");
static_assert(offsetof(struct ioreq, vp_eport) == 24, "Xen ABI");
static_assert(offsetof(struct ioreq, type) == 31, "Xen ABI");

typedef uint64_t __attribute__((__may_alias__)) slot_word_t;

#define WORD_DATA  1
#define WORD_STATE 3
/* Of the byte that holds the state: its low half. */
#define STATE_BYTE (offsetof(struct ioreq, type) - 1)
#define STATE_MASK 0x0fu

/* ----------------------------------------------------------------- slots */

uint8_t ioreq_next(uint8_t seen, uint8_t now)
{
	switch (now) {
	case STATE_IOREQ_READY:
		return seen == STATE_IOREQ_READY ? now : IOREQ_STATE_BROKEN;
	case STATE_IOREQ_INPROCESS:
	case STATE_IORESP_READY:
		return now;
	default:
		return IOREQ_STATE_BROKEN;
	}
}

static uint8_t slot_state(const struct ioreq *slot)
{
	const uint8_t *at = (const uint8_t *)slot + STATE_BYTE;

	return __atomic_load_n(at, __ATOMIC_ACQUIRE) & STATE_MASK;
}

static void slot_clear(struct ioreq *slot)
{
	uint8_t *at = (uint8_t *)slot + STATE_BYTE;

	__atomic_store_n(at, STATE_IOREQ_NONE, __ATOMIC_RELEASE);
}

static uint64_t slot_data(const struct ioreq *slot)
{
	return __atomic_load_n((const slot_word_t *)slot + WORD_DATA,
			       __ATOMIC_RELAXED);
}

/* All of it is ours again: nothing of what a server left there stays. */
static void slot_fill(struct flow_server *s, unsigned int i,
		      const struct ioreq *with)
{
	struct ioreq req = *with;
	slot_word_t *to = (slot_word_t *)&s->page[i];
	const slot_word_t *from = (const slot_word_t *)&req;

	req.vp_eport = s->port[i];
	req.state = STATE_IOREQ_READY;
	for (unsigned int w = 0; w < WORD_STATE; w++) {
		__atomic_store_n(&to[w], from[w], __ATOMIC_RELAXED);
	}
	__atomic_store_n(&to[WORD_STATE], from[WORD_STATE], __ATOMIC_RELEASE);
	s->seen[i] = STATE_IOREQ_READY;
	s->busy |= BIT(i);
}

static uint64_t low_bytes(uint64_t v, unsigned int size)
{
	return size < 8 ? v & (BIT(8 * size) - 1) : v;
}

/* ---------------------------------------------------------------- ranges */

static void list_add_range(struct flow_list *list, uint64_t gfn, uint64_t nr)
{
	struct flow_range *last = &list->range[list->nr ? list->nr - 1 : 0];

	if (list->all) {
		return;
	}
	if (list->nr && last->gfn + last->nr == gfn) {
		last->nr += nr;
	} else if (list->nr < FLOW_RANGES) {
		list->range[list->nr++] = (struct flow_range){ gfn, nr };
	} else {
		list->all = true;
	}
}

static void list_clear(struct flow_list *list)
{
	list->nr = 0;
	list->all = false;
}

/* Requests that the batch takes. */
static unsigned int batch_items(const struct flow_server *s)
{
	return s->exact && !s->batch.all ? s->batch.nr : 1;
}

/* ---------------------------------------------------------- invalidation */

static bool is_told(const struct flow_server *s)
{
	return s->live && s->enabled;
}

/* The lock is held in all that follows. */
static void publish(struct flow *f)
{
	uint8_t pending = 0, queued = 0;

	for (unsigned int i = 0; i < FLOW_SERVERS; i++) {
		const struct flow_server *s = &f->server[i];

		if (!is_told(s) || s->acked == f->seq) {
			continue;
		}
		pending |= 1u << i;
		if (s->carrier == FLOW_NOBODY || s->sent < f->seq ||
		    s->next + 1u < batch_items(s)) {
			queued |= 1u << i;
		}
	}
	__atomic_store_n(&f->pending, pending, __ATOMIC_RELAXED);
	__atomic_store_n(&f->queued, queued, __ATOMIC_RELAXED);
}

static void set_waiting(struct flow *f, unsigned int v, bool waits)
{
	uint64_t now = waits ? f->waiting | BIT(v) : f->waiting & ~BIT(v);

	__atomic_store_n(&f->waiting, now, __ATOMIC_RELAXED);
}

static bool acknowledged(const struct flow *f, uint64_t need)
{
	for (unsigned int i = 0; i < FLOW_SERVERS; i++) {
		if (is_told(&f->server[i]) && f->server[i].acked < need) {
			return false;
		}
	}
	return true;
}

static void note_changes(struct flow_list *due, const struct p2m_changes *c)
{
	for (unsigned int i = 0; i < c->nr; i++) {
		if (p2m_is_ram(c->change[i].old_type)) {
			list_add_range(due, c->change[i].gfn.v,
				       c->change[i].nr);
		}
	}
}

bool flow_changed(struct flow *f, unsigned int own, uint8_t held,
		  const struct p2m_changes *c)
{
	bool told = false;
	uint64_t before;

	spin_lock(&f->lock);
	before = f->seq;
	f->seq = c->seq;
	for (unsigned int i = 0; i < FLOW_SERVERS; i++) {
		struct flow_server *s = &f->server[i];

		if (!s->live) {
			continue;
		}
		if (!(held & 1u << i) && s->acked == before) {
			s->acked = s->sent = f->seq;
			continue;
		}
		note_changes(&s->due, c);
		told |= s->enabled;
	}
	for (unsigned int v = 0; v < f->nr_vcpus; v++) {
		if (own == v || own == FLOW_NOBODY) {
			f->vcpu[v].need = f->seq;
		}
	}
	publish(f);
	spin_unlock(&f->lock);
	return told;
}

/* What was under way is answered. */
static void batch_answered(struct flow_server *s)
{
	s->carrier = FLOW_NOBODY;
	s->next++;
	if (s->next >= batch_items(s)) {
		list_clear(&s->batch);
		s->acked = s->sent;
		s->next = 0;
	}
}

/* The item of the batch whose turn it is, in slot @i. */
static void send_item(struct flow_server *s, unsigned int i)
{
	struct ioreq req = {
		.type = IOREQ_TYPE_INVALIDATE,
		.dir = IOREQ_WRITE,
		.size = 4,
		.data = ~UINT64_C(0),
	};

	if (s->exact && !s->batch.all) {
		req.addr = s->batch.range[s->next].gfn;
		req.data = s->batch.range[s->next].nr;
	}
	slot_fill(s, i, &req);
	s->carrier = i;
}

static void add_news(struct flow_out *out, uint32_t port, unsigned int server,
		     unsigned int slot)
{
	out->news[out->nr++] =
		(struct flow_news){ port, (uint8_t)server, (uint8_t)slot };
}

/* Send what is due, if a slot is free. */
static void invalidate(struct flow *f, unsigned int id, struct flow_out *out)
{
	struct flow_server *s = &f->server[id];
	uint64_t all = f->nr_vcpus < 64 ? BIT(f->nr_vcpus) - 1 : ~UINT64_C(0);
	uint64_t free = ~s->busy & all;
	unsigned int slot;

	if (s->carrier != FLOW_NOBODY || s->acked == f->seq || !free) {
		return;
	}
	if (s->acked == s->sent) {
		s->batch = s->due;
		list_clear(&s->due);
		s->sent = f->seq;
	}
	slot = __builtin_ctzll(free);
	send_item(s, slot);
	add_news(out, s->port[slot], id, slot);
}

/* --------------------------------------------------------------- answers */

static void answer(struct flow_vcpu *v, uint64_t data)
{
	v->access.data = low_bytes(data, v->access.size);
	v->state = FLOW_ANSWERED;
}

/* Slot @i is in use: see how far its server got. True when it is free now. */
static bool look_at_slot(struct flow *f, struct flow_server *s, unsigned int i,
			 struct flow_out *out)
{
	uint8_t was = s->seen[i];
	uint8_t is = slot_state(&s->page[i]);

	s->seen[i] = ioreq_next(was, is);
	if (s->seen[i] == IOREQ_STATE_BROKEN) {
		/* Nothing that it does is looked at any more. */
		s->enabled = false;
		s->busy = 0;
		out->verdict = FLOW_BROKEN;
		out->server = (uint8_t)(s - f->server);
		out->was = was;
		out->is = is;
		return false;
	}
	if (is != STATE_IORESP_READY) {
		return false;
	}
	s->busy &= ~BIT(i);
	if (s->carrier == i) {
		batch_answered(s);
	} else {
		answer(&f->vcpu[i], slot_data(&s->page[i]));
	}
	slot_clear(&s->page[i]);
	return true;
}

static bool look_at_slots(struct flow *f, struct flow_out *out)
{
	bool progress = false;

	for (unsigned int n = 0; n < FLOW_SERVERS; n++) {
		struct flow_server *s = &f->server[n];
		uint64_t busy = s->live ? s->busy : 0;

		for (; busy & s->busy; busy &= busy - 1) {
			progress |=
				look_at_slot(f, s, __builtin_ctzll(busy), out);
		}
	}
	return progress;
}

/* -------------------------------------------------------------- requests */

bool flow_request(struct flow *f, unsigned int v, uint8_t servers,
		  const struct flow_access *a)
{
	bool found = false;

	spin_lock(&f->lock);
	for (unsigned int i = FLOW_SERVERS; i-- > 0 && !found;) {
		if (servers & 1u << i && is_told(&f->server[i])) {
			f->vcpu[v].server = (uint8_t)i;
			f->vcpu[v].access = *a;
			f->vcpu[v].state = FLOW_WANTED;
			found = true;
		}
	}
	spin_unlock(&f->lock);
	return found;
}

static bool is_buffered(const struct flow_window *w,
			const struct flow_access *a)
{
	uint64_t at = a->addr - w->base;

	return a->write && at < w->size && a->size <= w->size - at;
}

static void send_request(struct flow *f, unsigned int v, struct flow_out *out)
{
	struct flow_vcpu *fv = &f->vcpu[v];
	struct flow_server *s = &f->server[fv->server];
	const struct flow_access *a = &fv->access;
	struct ioreq req = {
		.type = IOREQ_TYPE_COPY,
		.dir = a->write ? IOREQ_WRITE : IOREQ_READ,
		.addr = a->addr,
		.data = a->write ? low_bytes(a->data, a->size) : 0,
		.size = a->size,
		.count = 1,
	};

	if (!is_told(s)) {
		answer(fv, ~UINT64_C(0));
	} else if (s->acked != f->seq || s->busy & BIT(v)) {
		return;
	} else if (is_buffered(&s->window, a) && ring_put(&s->window, a)) {
		add_news(out, s->window.port, fv->server, v);
		answer(fv, 0);
	} else {
		slot_fill(s, v, &req);
		add_news(out, s->port[v], fv->server, v);
		fv->state = FLOW_SENT;
	}
}

static uint8_t decide(struct flow *f, unsigned int v, struct flow_out *out)
{
	struct flow_vcpu *fv = &f->vcpu[v];

	if (fv->state == FLOW_WANTED) {
		send_request(f, v, out);
	}
	if (fv->state == FLOW_ANSWERED) {
		out->data = fv->access.data;
		fv->state = FLOW_IDLE;
		return FLOW_DONE;
	}
	if (fv->state != FLOW_IDLE || !acknowledged(f, fv->need)) {
		return FLOW_WAIT;
	}
	return FLOW_RUN;
}

void flow_step(struct flow *f, unsigned int v, struct flow_out *out)
{
	bool progress;

	*out = (struct flow_out){ 0 };
	spin_lock(&f->lock);
	if (v != FLOW_NOBODY) {
		set_waiting(f, v, true);
	}
	/* An answer after this look meets `waiting` in the callback. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	progress = look_at_slots(f, out);
	for (unsigned int i = 0; i < FLOW_SERVERS; i++) {
		if (is_told(&f->server[i])) {
			invalidate(f, i, out);
		}
	}
	if (v != FLOW_NOBODY && out->verdict != FLOW_BROKEN) {
		out->verdict = decide(f, v, out);
	}
	if (v != FLOW_NOBODY && out->verdict != FLOW_WAIT) {
		set_waiting(f, v, false);
	}
	out->wake = progress ? f->waiting : 0;
	if (v != FLOW_NOBODY) {
		out->wake &= ~BIT(v);
	}
	publish(f);
	spin_unlock(&f->lock);
}

/* --------------------------------------------------------------- servers */

void flow_create(struct flow *f, uint8_t id, const struct flow_server *s)
{
	spin_lock(&f->lock);
	f->server[id] = (struct flow_server){
		.live = true,
		.carrier = FLOW_NOBODY,
		.sent = f->seq,
		.acked = f->seq,
		.page = s->page,
		.seen = s->seen,
		.port = s->port,
	};
	spin_unlock(&f->lock);
}

void flow_options(struct flow *f, uint8_t id, bool exact,
		  const struct flow_window *window)
{
	spin_lock(&f->lock);
	f->server[id].exact = exact;
	f->server[id].window = *window;
	spin_unlock(&f->lock);
}

uint64_t flow_enable(struct flow *f, uint8_t id, bool enable)
{
	uint64_t look;

	spin_lock(&f->lock);
	f->server[id].enabled = enable;
	publish(f);
	/* Who waits for one that is off need not any more. */
	look = f->waiting;
	spin_unlock(&f->lock);
	return look;
}

uint64_t flow_destroy(struct flow *f, uint8_t id)
{
	uint64_t look;

	spin_lock(&f->lock);
	f->server[id] = (struct flow_server){ .carrier = FLOW_NOBODY };
	for (unsigned int i = 0; i < f->nr_vcpus; i++) {
		struct flow_vcpu *v = &f->vcpu[i];

		if (v->server == id &&
		    (v->state == FLOW_WANTED || v->state == FLOW_SENT)) {
			answer(v, ~UINT64_C(0));
		}
	}
	publish(f);
	look = f->waiting;
	spin_unlock(&f->lock);
	return look;
}
