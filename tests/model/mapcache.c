/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The protocol of requests and invalidations (docs/mapcache.md), exhaustively:
 * every order of the steps of two vCPUs, two servers, a remote writer, pause
 * and unpause, the destruction of servers, and the deferred round. What is
 * driven is core/ioreq/flow.c itself; the model adds what is around it: the
 * scheduler, the work bit, the events, and device models with a mapcache.
 *
 * What a mapcache still holds is kept apart from the code, and decides:
 *  - no vCPU enters the guest while a server that was to be told still holds
 *    a page of a change that this vCPU must see acknowledged;
 *  - no request is sent to a server that still holds a page that has left;
 *  - at the end nobody holds anything that has left, and everybody runs;
 *  - from every state the end can be reached, and there is no other one.
 *
 * Deliberate breaks that it has found, each alone. In flow.c: acknowledged
 * after the first of several ranges; a request that does not wait, or waits
 * for `sent`; a remote change that no vCPU needs; ranges lost when a batch
 * begins, or on overflow; not noted as waiting before the look; one server's
 * answer is enough; a destroyed server's requests left, or nobody woken;
 * answers in other slots wake nobody; nothing queued for a paused guest;
 * disabled servers waited for; acknowledged too far; a slot used twice.
 * Around it: no second look after blocking; the work bit not kept; no kick; no
 * deferred round after a remote change, or after an event.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <core/bits.h>

#include "ioreq/flow.h"
#include "mapcache.h"
#include "states.h"

/* ------------------------------------------------------------ the machine */

static struct world w;
static const uint32_t ports[VCPUS] = { 5, 6 };

/* What is wrong with the state just reached, or NULL. */
static const char *wrong;

/* ------------------------------------------------------ states as strings */

static struct key key;
static bool storing;

static uint64_t code(uint64_t v)
{
	if (!storing) {
		uint8_t b = key.byte[key.len++];

		return b == 0xff ? ~UINT64_C(0) : b;
	}
	assert_true(key.len < KEY_MAX);
	assert_true(v < 0xff || v == ~UINT64_C(0) || v == FLOW_NOBODY);
	key.byte[key.len++] = v >= 0xff ? 0xff : (uint8_t)v;
	return v;
}

#define CODE(x) ((x) = (__typeof__(x))code(x))

static void code_list(struct flow_list *l)
{
	CODE(l->nr);
	CODE(l->all);
	for (unsigned int i = 0; i < l->nr; i++) {
		CODE(l->range[i].gfn);
		CODE(l->range[i].nr);
	}
}

static void code_slot(struct ioreq *r, uint8_t *seen)
{
	uint8_t state = r->state, type = r->type;

	CODE(state);
	CODE(type);
	CODE(r->addr);
	CODE(r->data);
	CODE(*seen);
	r->state = state;
	r->type = type;
}

static void code_server(unsigned int i)
{
	struct flow_server *s = &w.f.server[i];
	struct dm *m = &w.dm[i];

	CODE(s->live);
	CODE(s->enabled);
	CODE(s->exact);
	CODE(s->carrier);
	CODE(s->next);
	CODE(s->sent);
	CODE(s->acked);
	CODE(s->busy);
	code_list(&s->batch);
	code_list(&s->due);
	for (unsigned int v = 0; v < VCPUS; v++) {
		code_slot(&w.page[i][v], &w.seen[i][v]);
		CODE(m->event[v]);
	}
	CODE(m->phase);
	CODE(m->slot);
	CODE(m->stale);
	CODE(m->holds);
	CODE(m->maps);
	CODE(m->destroys);
	CODE(m->enables);
	s->page = w.page[i];
	s->seen = w.seen[i];
	s->port = ports;
}

static void code_cpu(unsigned int v)
{
	struct cpu *c = &w.cpu[v];

	CODE(c->where);
	CODE(c->work);
	CODE(c->kicked);
	CODE(c->runnable);
	CODE(c->changes);
	CODE(c->accesses);
	for (unsigned int i = 0; i < SERVERS; i++) {
		CODE(c->must[i]);
	}
	CODE(w.fv[v].need);
	CODE(w.fv[v].state);
	CODE(w.fv[v].server);
}

static void code_world(bool store)
{
	storing = store;
	key.len = 0;
	CODE(w.f.seq);
	CODE(w.f.waiting);
	CODE(w.f.pending);
	CODE(w.f.queued);
	for (unsigned int i = 0; i < SERVERS; i++) {
		code_server(i);
	}
	for (unsigned int v = 0; v < VCPUS; v++) {
		code_cpu(v);
	}
	CODE(w.round);
	CODE(w.paused);
	CODE(w.pauses);
	CODE(w.resumes);
	CODE(w.remote);
	CODE(w.made);
}

/* ---------------------------------------------------- what is around flow */

static void complain(const char *what)
{
	if (!wrong) {
		wrong = what;
	}
}

/* The work bit, and a kick out of the guest. */
static void ask(unsigned int v)
{
	struct cpu *c = &w.cpu[v];

	if (!c->work) {
		c->work = 1;
		c->kicked = c->where == GUEST;
	}
}

static void ask_and_wake(uint64_t vcpus)
{
	for (unsigned int v = 0; v < VCPUS; v++) {
		if (vcpus & BIT(v)) {
			ask(v);
			w.cpu[v].runnable = 1;
		}
	}
}

/* A request that goes out now meets a mapcache without stale pages. */
static void check_sent(unsigned int i, unsigned int v)
{
	if (w.page[i][v].type == IOREQ_TYPE_COPY && w.dm[i].stale) {
		complain("a request before the invalidation");
	}
}

static uint8_t step(unsigned int v)
{
	struct flow_out out;

	flow_step(&w.f, v, &out);
	for (unsigned int i = 0; i < out.nr; i++) {
		const struct flow_news *n = &out.news[i];

		check_sent(n->server, n->slot);
		w.dm[n->server].event[n->slot] = 1;
	}
	ask_and_wake(out.wake);
	if (out.verdict == FLOW_BROKEN) {
		complain("a server that obeys is called broken");
	}
	return out.verdict;
}

/* Change @made + 1, of one frame or of several. */
static void change(unsigned int own)
{
	struct p2m_change run[OVERFLOW];
	unsigned int n = w.made++, width = w.width[n];
	struct p2m_changes c = { w.f.seq + 1, width, run };
	uint8_t held = 0;

	for (unsigned int i = 0; i < width; i++) {
		run[i] = (struct p2m_change){
			.gfn = GFN((n * OVERFLOW + i) * GFN_STEP),
			.nr = 1,
			.old_type = P2M_RAM_RW,
		};
	}
	for (unsigned int i = 0; i < SERVERS; i++) {
		if (w.dm[i].holds) {
			held |= BIT(i);
			w.dm[i].stale |= BIT(n);
		}
		for (unsigned int v = 0; v < VCPUS; v++) {
			if (w.f.server[i].enabled &&
			    (own == v || own == FLOW_NOBODY)) {
				w.cpu[v].must[i] |= w.dm[i].stale & BIT(n);
			}
		}
	}
	if (!flow_changed(&w.f, own, held, &c)) {
		return;
	}
	for (unsigned int v = 0; v < VCPUS; v++) {
		if (own == FLOW_NOBODY || own == v) {
			ask(v);
		}
	}
	w.round |= own == FLOW_NOBODY;
}

static void enter(struct cpu *c)
{
	for (unsigned int i = 0; i < SERVERS; i++) {
		if (w.f.server[i].enabled && c->must[i] & w.dm[i].stale) {
			complain("a vCPU enters with a change unacknowledged");
		}
		c->must[i] = 0;
	}
	c->where = GUEST;
	c->kicked = 0;
}

static void make_access(unsigned int v, unsigned int i)
{
	const struct flow_access a = { .addr = 1, .size = 4 };

	(void)flow_request(&w.f, v, (uint8_t)BIT(i), &a);
	ask(v);
	w.cpu[v].accesses--;
	w.cpu[v].where = HYP;
}

/* ------------------------------------------------------------- the moves */

/* Each makes the @n-th of its moves; false when there is none. */
static bool guest_move(unsigned int v, unsigned int n)
{
	struct cpu *c = &w.cpu[v];

	if (n == 0 && c->kicked) {
		c->where = HYP;
	} else if (n == 1 && c->changes) {
		c->changes--;
		c->where = HYP;
		change(v);
	} else if (n >= 2 && c->accesses && w.f.server[n - 2].enabled) {
		make_access(v, n - 2);
	} else {
		return false;
	}
	return true;
}

/* As vcpu_exit_work() and ioreq_work(). */
static void hyp_move(unsigned int v)
{
	struct cpu *c = &w.cpu[v];
	uint8_t verdict;

	if (!c->work) {
		enter(c);
		return;
	}
	c->work = 0;
	verdict = step(v);
	if (verdict == FLOW_WAIT) {
		c->where = BLOCK;
	} else if (verdict == FLOW_DONE) {
		c->work = 1;
	}
}

/* It blocks, then looks once more. */
static void block_move(unsigned int v)
{
	struct cpu *c = &w.cpu[v];
	uint8_t verdict;

	c->runnable = 0;
	verdict = step(v);
	c->where = OFF;
	c->work = 1;
	if (verdict != FLOW_WAIT) {
		c->where = HYP;
		c->runnable = 1;
	}
}

static bool cpu_move(unsigned int v, unsigned int n)
{
	struct cpu *c = &w.cpu[v];

	if (c->where == GUEST) {
		return guest_move(v, n);
	}
	if (n || (c->where == OFF && !c->runnable) ||
	    (w.paused && (c->where == OFF || (c->where == HYP && !c->work)))) {
		return false;
	}
	switch (c->where) {
	case HYP:
		hyp_move(v);
		break;
	case BLOCK:
		block_move(v);
		break;
	default:
		c->where = HYP;
	}
	return true;
}

/* The mapcache lets go of what an invalidation names. */
static void dm_flush(struct dm *m, const struct ioreq *r)
{
	for (unsigned int n = 0; n < w.made; n++) {
		uint64_t first = n * OVERFLOW * GFN_STEP;
		uint64_t last = first + (w.width[n] - 1) * GFN_STEP;

		/* Ranges come in order; with the last one all are gone. */
		if (r->type == IOREQ_TYPE_INVALIDATE &&
		    (r->data == ~UINT64_C(0) ||
		     (r->addr <= last && last < r->addr + r->data))) {
			m->stale &= (uint8_t)~BIT(n);
		}
	}
}

/* As ioreq_notified(). */
static void notified(unsigned int slot)
{
	uint64_t who = w.f.waiting;

	if (!w.f.pending) {
		who &= BIT(slot);
	}
	ask_and_wake(who);
	w.round |= w.f.queued != 0;
}

static bool dm_take(unsigned int i, unsigned int slot)
{
	struct dm *m = &w.dm[i];

	if (m->phase != DM_IDLE || !m->event[slot]) {
		return false;
	}
	m->event[slot] = 0;
	if (w.page[i][slot].state == STATE_IOREQ_READY) {
		w.page[i][slot].state = STATE_IOREQ_INPROCESS;
		m->slot = slot;
		m->phase = DM_TAKEN;
		dm_flush(m, &w.page[i][slot]);
	}
	return true;
}

static bool dm_move(unsigned int i, unsigned int n)
{
	struct dm *m = &w.dm[i];
	struct ioreq *r = &w.page[i][m->slot];

	if (!w.f.server[i].live) {
		return false;
	}
	if (n < VCPUS) {
		return dm_take(i, n);
	}
	switch (m->phase) {
	case DM_TAKEN:
		r->state = STATE_IORESP_READY;
		m->phase = DM_ANSWERED;
		return true;
	case DM_ANSWERED:
		m->phase = DM_IDLE;
		notified(m->slot);
		m->slot = 0;
		return true;
	default:
		return false;
	}
}

static void destroy(unsigned int i)
{
	w.dm[i] = (struct dm){ 0 };
	memset(w.page[i], 0, sizeof(w.page[i]));
	memset(w.seen[i], 0, sizeof(w.seen[i]));
	ask_and_wake(flow_destroy(&w.f, (uint8_t)i));
}

/* Servers are made, mapped into, and ended. */
static bool life_move(unsigned int i, unsigned int n)
{
	struct dm *m = &w.dm[i];

	if (!w.f.server[i].live) {
		return false;
	}
	if (n == 0 && m->destroys) {
		destroy(i);
	} else if (n == 1 && m->enables) {
		m->enables--;
		ask_and_wake(
			flow_enable(&w.f, (uint8_t)i, m->enables % 2 == 0));
		w.round |= w.f.queued != 0;
	} else if (n == 2 && m->maps) {
		m->maps--;
		m->holds = !m->holds;
		/* Without mappings there is nothing to be stale. */
		m->stale = m->holds ? m->stale : 0;
	} else {
		return false;
	}
	return true;
}

static bool host_move(unsigned int n)
{
	if (n == 0 && w.round) {
		w.round = 0;
		(void)step(FLOW_NOBODY);
	} else if (n == 1 && w.remote) {
		w.remote--;
		change(FLOW_NOBODY);
	} else if (n == 2 && w.pauses && !w.paused) {
		w.pauses--;
		w.paused = 1;
		for (unsigned int v = 0; v < VCPUS; v++) {
			w.cpu[v].kicked |= w.cpu[v].where == GUEST;
		}
	} else if (n == 3 && w.paused) {
		w.paused = 0;
	} else {
		return false;
	}
	return true;
}

#define MOVES 4 /* of each actor, at most */

static bool move(unsigned int n)
{
	unsigned int actor = n / MOVES;

	if (actor < VCPUS) {
		return cpu_move(actor, n % MOVES);
	}
	actor -= VCPUS;
	if (actor < SERVERS) {
		return dm_move(actor, n % MOVES);
	}
	actor -= SERVERS;
	if (actor < SERVERS) {
		return life_move(actor, n % MOVES);
	}
	return host_move(n % MOVES);
}

#define ALL_MOVES ((VCPUS + 2 * SERVERS + 1) * MOVES)

/* Everybody is done, and nothing is left. */
static bool is_end(void)
{
	for (unsigned int v = 0; v < VCPUS; v++) {
		if (w.cpu[v].where != GUEST || w.cpu[v].changes ||
		    w.cpu[v].work) {
			return false;
		}
	}
	for (unsigned int i = 0; i < SERVERS; i++) {
		if (w.f.server[i].enabled && w.dm[i].stale) {
			return false;
		}
	}
	return true;
}

/* ---------------------------------------------------------- going through */

static void load(uint32_t n)
{
	states_key(n, &key);
	code_world(false);
}

static void show(void)
{
	for (unsigned int v = 0; v < VCPUS; v++) {
		print_message("v%u: at %u work %u runnable %u need %u req %u "
			      "server %u\n",
			      v, w.cpu[v].where, w.cpu[v].work,
			      w.cpu[v].runnable, (unsigned int)w.fv[v].need,
			      w.fv[v].state, w.fv[v].server);
	}
	for (unsigned int i = 0; i < SERVERS; i++) {
		const struct flow_server *s = &w.f.server[i];

		print_message("s%u: live %u enabled %u sent %u acked %u busy "
			      "%x carrier %x stale %x phase %u\n",
			      i, s->live, s->enabled, (unsigned int)s->sent,
			      (unsigned int)s->acked, (unsigned int)s->busy,
			      s->carrier, w.dm[i].stale, w.dm[i].phase);
	}
	print_message("seq %u waiting %x queued %x round %u paused %u\n",
		      (unsigned int)w.f.seq, (unsigned int)w.f.waiting,
		      w.f.queued, w.round, w.paused);
}

static void fail_if_wrong(void)
{
	if (wrong) {
		show();
		fail_msg("%s", wrong);
	}
}

/* While a guest is paused its servers hear all the same. */
static void check_paused(unsigned int moves)
{
	for (unsigned int i = 0; i < SERVERS && w.paused && moves == 1; i++) {
		if (w.f.server[i].enabled && w.dm[i].stale &&
		    !w.dm[i].destroys) {
			complain("a paused guest's server does not hear");
		}
	}
}

/* All that state @n leads to; true when that is something. */
static bool expand(uint32_t n)
{
	unsigned int moves = 0;

	load(n);
	for (unsigned int m = 0; m < ALL_MOVES; m++) {
		/* What cannot be done changes nothing. */
		if (!move(m)) {
			continue;
		}
		moves++;
		fail_if_wrong();
		code_world(true);
		states_step(n, states_number(&key));
		load(n);
	}
	check_paused(moves);
	fail_if_wrong();
	return moves;
}

static void explore(const char *name)
{
	uint32_t bad;

	wrong = NULL;
	states_begin();
	code_world(true);
	(void)states_number(&key);
	for (uint32_t n = 0; n < states_nr(); n++) {
		if (expand(n)) {
			continue;
		}
		load(n);
		if (!is_end()) {
			show();
			fail_msg("stuck");
		}
		states_is_end(n);
	}
	if (!states_all_end(&bad)) {
		load(bad);
		show();
		fail_msg("the end cannot be reached");
	}
	print_message("# %s: %u states, %u steps\n", name, states_nr(),
		      states_nr_steps());
	states_free();
}

/* ----------------------------------------------------------- the settings */

static void setup(void)
{
	memset(&w, 0, sizeof(w));
	w.f.nr_vcpus = VCPUS;
	w.f.vcpu = w.fv;
	for (unsigned int n = 0; n < ARRAY_SIZE(w.width); n++) {
		w.width[n] = 1;
	}
	for (unsigned int i = 0; i < SERVERS; i++) {
		const struct flow_server s = { .page = w.page[i],
					       .seen = w.seen[i],
					       .port = ports };

		flow_create(&w.f, (uint8_t)i, &s);
		(void)flow_enable(&w.f, (uint8_t)i, true);
		w.dm[i].holds = 1;
	}
	for (unsigned int v = 0; v < VCPUS; v++) {
		w.cpu[v].runnable = 1;
	}
}

/* Minutes and gigabytes, for once in a while. */
static bool is_long(void)
{
	return getenv("MAPCACHE_LONG");
}

static void set_exact(unsigned int i)
{
	flow_options(&w.f, (uint8_t)i, true, &(struct flow_window){ 0 });
}

static void test_two_writers_and_requests(void **state)
{
	(void)state;
	setup();
	set_exact(1);
	w.cpu[0].changes = 1;
	w.cpu[1].changes = 1;
	w.cpu[1].accesses = 1;
	explore("two vCPUs change, one of them asks");
}

static void test_two_changes_in_a_row(void **state)
{
	(void)state;
	setup();
	set_exact(0);
	w.cpu[0].changes = 2;
	w.cpu[1].accesses = 1;
	w.dm[1].destroys = 1;
	explore("one changes twice, the other asks");
}

static void test_remote_and_pause(void **state)
{
	(void)state;
	setup();
	set_exact(0);
	w.cpu[0].accesses = 1;
	w.remote = 2;
	w.pauses = 1;
	destroy(1);
	explore("a remote writer, and pause");
}

static void test_all_slots_busy(void **state)
{
	(void)state;
	setup();
	w.cpu[0].accesses = 1;
	w.cpu[1].accesses = 1;
	w.remote = 1;
	w.pauses = 1;
	destroy(1);
	explore("all slots are busy");
}

static void test_remote_and_destroy(void **state)
{
	(void)state;
	setup();
	w.cpu[0].changes = 1;
	w.cpu[1].accesses = is_long();
	w.remote = 1;
	w.dm[0].destroys = 1;
	w.dm[1].destroys = is_long();
	explore("own and remote changes, and servers that die");
}

static void test_ranges(void **state)
{
	(void)state;
	setup();
	set_exact(0);
	w.width[0] = 2;
	w.width[1] = OVERFLOW;
	w.cpu[0].changes = 1;
	w.cpu[1].accesses = 1;
	w.remote = 1;
	w.pauses = 1;
	destroy(1);
	explore("several ranges, and too many");
}

static void test_enable_late(void **state)
{
	(void)state;
	setup();
	(void)flow_enable(&w.f, 1, false);
	w.dm[1].enables = is_long() ? 3 : 1;
	w.cpu[0].changes = 1;
	w.cpu[1].accesses = 1;
	explore("a server that is enabled late, and off and on");
}

static void test_disabled_for_good(void **state)
{
	(void)state;
	setup();
	(void)flow_enable(&w.f, 1, false);
	w.cpu[0].changes = 2;
	w.cpu[1].accesses = 1;
	explore("a server that is never enabled");
}

static void test_mappings_come_and_go(void **state)
{
	(void)state;
	setup();
	w.dm[0].holds = 0;
	w.dm[0].maps = 2;
	w.dm[1].maps = 1;
	w.cpu[0].changes = 1 + is_long();
	w.cpu[1].accesses = 1;
	explore("servers with and without mappings");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_writers_and_requests),
		cmocka_unit_test(test_two_changes_in_a_row),
		cmocka_unit_test(test_remote_and_pause),
		cmocka_unit_test(test_all_slots_busy),
		cmocka_unit_test(test_remote_and_destroy),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_enable_late),
		cmocka_unit_test(test_disabled_for_good),
		cmocka_unit_test(test_mappings_come_and_go),
	};

	return cmocka_run_group_tests_name("model/mapcache", tests, NULL, NULL);
}
