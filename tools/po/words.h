/* SPDX-License-Identifier: Apache-2.0 */
/* Read by tools/po/update alone: words that others give and that stand in sentences of ours. */

/* The C library, about files and sockets. */
N_("No such file or directory")
N_("Permission denied")
N_("Is a directory")
N_("Not a directory")
N_("Input/output error")
N_("Connection refused")
N_("Connection reset by peer")
N_("Too many open files")
N_("File name too long")
N_("Protocol wrong type for socket")
N_("Socket operation on non-socket")

/* Keys of the policy file that stand for what they list. */
N_("traits")
N_("attestations")
N_("sources")
