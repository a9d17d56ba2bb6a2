/* SPDX-License-Identifier: Apache-2.0 */
/* Stands in for libFuzzer: gives each file of the directories and files that are named to the
 * target, in the order of their names. */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n);

static char now[4096]; /* the file that the target has */
static unsigned files;

static void on_end(int number)
{
    static const char words[] = "\nwhile replaying ";
    (void)!write(STDERR_FILENO, words, sizeof words - 1);
    (void)!write(STDERR_FILENO, now, strlen(now));
    (void)!write(STDERR_FILENO, "\n", 1);
    signal(number, SIG_DFL);
    raise(number);
}

static void fail(const char *path)
{
    perror(path);
    exit(2);
}

/* The bytes lie in memory of their exact length, so that a checker sees what reads behind them. */
static void replay_file(const char *path, size_t n)
{
    FILE *f = fopen(path, "rb");
    unsigned char *p = malloc(n ? n : 1);
    if (!f || !p || fread(p, 1, n, f) != n)
        fail(path);
    fclose(f);
    snprintf(now, sizeof now, "%s", path);
    (void)LLVMFuzzerTestOneInput(p, n);
    free(p);
    files++;
}

static int is_seen(const struct dirent *e)
{
    return e->d_name[0] != '.';
}

static void replay(const char *path)
{
    struct stat st;
    struct dirent **list;
    if (stat(path, &st) < 0)
        fail(path);
    if (!S_ISDIR(st.st_mode)) {
        replay_file(path, (size_t)st.st_size);
        return;
    }
    int n = scandir(path, &list, is_seen, alphasort);
    if (n < 0)
        fail(path);
    for (int i = 0; i < n; i++) {
        char inner[4096];
        snprintf(inner, sizeof inner, "%s/%s", path, list[i]->d_name);
        replay(inner);
        free(list[i]);
    }
    free(list);
}

int main(int argc, char **argv)
{
    signal(SIGABRT, on_end);
    signal(SIGSEGV, on_end);
    signal(SIGBUS, on_end);
    signal(SIGFPE, on_end);
    for (int i = 1; i < argc; i++)
        replay(argv[i]);
    printf("%u inputs\n", files);
    return files == 0;
}
