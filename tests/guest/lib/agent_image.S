/* SPDX-License-Identifier: BSD-2-Clause */
/* The agent's image, for domu_create(). */
	.section .rodata
	.balign 4096
	.globl agent_image, agent_image_end
agent_image:
	.incbin "guest/agent.bin"
	.balign 4096
agent_image_end:
