/* SPDX-License-Identifier: Apache-2.0 */
/* Exit codes of the tools. */
#ifndef TOOLS_EXITS_H
#define TOOLS_EXITS_H

enum tool_exit {
    EXIT_DONE = 0,
    EXIT_REFUSED = 1,     /* by a rule */
    EXIT_INPUT = 2,       /* wrong usage or invalid input */
    EXIT_NOT_REACHED = 3, /* no daemon, not in time, try again, outcome unknown */
    EXIT_NOT_ALLOWED = 4,
    EXIT_FAILED = 5, /* the daemon broke the protocol or said goodbye; or this program failed */
};

/* Says that there is no memory and ends the program with EXIT_FAILED. */
_Noreturn void exit_without_memory(void);

#endif
