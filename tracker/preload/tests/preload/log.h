/* The log: what the program did, in a shared mapping of the file MATRIX_LOG, so that it is there however it ends.
   support.rs reads it. Entries of four words: kind and thread, size, address, old address; the first holds their
   number. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MOST_ENTRIES (1 << 20)

static uint64_t (*entries)[4];
/* In a forked child: the log is its parent's. */
static int is_quiet;

static void prepare(void) {
    int file = open(getenv("MATRIX_LOG"), O_RDWR | O_CREAT, 0600);
    if (file < 0 || ftruncate(file, (off_t)MOST_ENTRIES * 32) != 0) _exit(99);
    entries = (uint64_t(*)[4])mmap(NULL, (size_t)MOST_ENTRIES * 32, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (entries == MAP_FAILED) _exit(98);
    close(file);
}

static void note(char kind, size_t size, void *address, void *old) {
    if (is_quiet) return;
    uint64_t index = __atomic_fetch_add(&entries[0][0], 1, __ATOMIC_SEQ_CST) + 1;
    if (index >= MOST_ENTRIES) _exit(97);
    entries[index][1] = size;
    entries[index][2] = (uint64_t)address;
    entries[index][3] = (uint64_t)old;
    /* Last: an entry without it had not been finished when the program was killed. */
    __atomic_store_n(&entries[index][0], (uint64_t)syscall(SYS_gettid) << 8 | (uint64_t)kind, __ATOMIC_SEQ_CST);
}

/* Logged sizes lie in 40,000..60,000, where nothing else in these programs does. What succeeds leaves errno alone. */
static inline void *get(size_t size) {
    errno = 77;
    void *block = malloc(size);
    if (errno != 77) _exit(94);
    note('A', size, block, NULL);
    return block;
}

static inline void drop(void *block, size_t size) {
    errno = 78;
    free(block);
    if (errno != 78) _exit(94);
    note('F', size, block, NULL);
}
