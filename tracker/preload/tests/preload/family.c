/* Calls every function of the malloc family once, with sizes that tell them apart, and frees all but one block. */
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int main(int count, char **arguments) {
    char *block = malloc(10001);
    block = realloc(block, 10002);
    block = reallocarray(block, 10003, 1);
    free(block);
    free(calloc(10004, 1));
    void *aligned = NULL;
    if (posix_memalign(&aligned, 4096, 10005)) return 1;
    free(aligned);
    free(aligned_alloc(64, 10048));
    free(memalign(128, 10007));
    free(valloc(10008));
    free(pvalloc(10009));
    char *copy = strdup("a text of twenty-three.");
    /* What must fail fails as it does alone. */
    errno = 0;
    if (reallocarray(NULL, SIZE_MAX, 2) != NULL || errno != ENOMEM) return 2;
    if (posix_memalign(&aligned, 3, 8) != EINVAL) return 3;
    if (malloc_usable_size(copy) < 24) return 4;
    if (count > 1) abort();
    return 7;
}
