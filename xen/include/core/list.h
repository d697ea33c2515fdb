/* SPDX-License-Identifier: BSD-2-Clause */
/* Circular doubly linked list; the head is a node of its own. */
#ifndef CORE_LIST_H
#define CORE_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include <core/compiler.h>

struct list {
	struct list *next;
	struct list *prev;
};

static inline void list_init(struct list *l)
{
	l->next = l;
	l->prev = l;
}

static inline bool list_empty(const struct list *head)
{
	return head->next == head;
}

/* Insert @l before @pos; with the head as @pos, at the end. */
static inline void list_add_before(struct list *pos, struct list *l)
{
	l->next = pos;
	l->prev = pos->prev;
	pos->prev->next = l;
	pos->prev = l;
}

static inline void list_add_tail(struct list *head, struct list *l)
{
	list_add_before(head, l);
}

static inline void list_add_head(struct list *head, struct list *l)
{
	list_add_before(head->next, l);
}

/* Take @l out; it becomes a list of one, so a second call is harmless. */
static inline void list_del(struct list *l)
{
	l->prev->next = l->next;
	l->next->prev = l->prev;
	list_init(l);
}

/* Append all of @from, which is empty then, to @to. */
static inline void list_move_all(struct list *from, struct list *to)
{
	if (list_empty(from)) {
		return;
	}
	from->next->prev = to->prev;
	to->prev->next = from->next;
	from->prev->next = to;
	to->prev = from->prev;
	list_init(from);
}

#define list_entry(ptr, type, member) container_of(ptr, type, member)

#define list_for_each(pos, head, member)                                   \
	for ((pos) = list_entry((head)->next, __typeof__(*(pos)), member); \
	     &(pos)->member != (head);                                     \
	     (pos) = list_entry((pos)->member.next, __typeof__(*(pos)),    \
				member))

/* The same when the loop body may delete @pos; @tmp is the next one. */
#define list_for_each_safe(pos, tmp, head, member)                         \
	for ((pos) = list_entry((head)->next, __typeof__(*(pos)), member), \
	    (tmp) = list_entry((pos)->member.next, __typeof__(*(pos)),     \
			       member);                                    \
	     &(pos)->member != (head);                                     \
	     (pos) = (tmp), (tmp) = list_entry((tmp)->member.next,         \
					       __typeof__(*(tmp)), member))

#endif
