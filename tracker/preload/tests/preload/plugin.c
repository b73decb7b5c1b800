/* Two builds of this differ in their frames' sizes only (FRAME), so that they can lie at the same address. */
#include <stdlib.h>
static void *own;
__attribute__((constructor)) static void begin(void) { own = malloc(777); }
__attribute__((destructor)) static void end(void) { free(own); }
__attribute__((noinline)) static void *inner(size_t size, int depth) {
    volatile char block[FRAME];
    block[0] = 1;
    void *made = depth > 0 ? inner(size, depth - 1) : malloc(size);
    block[1] = block[0];
    return made;
}
void *give(size_t size) { return inner(size, 3); }
