/* Two builds of this differ in their frames' sizes only (FRAME), so that they can lie at the same address. */
#include <setjmp.h>
#ifndef VIA
#define VIA twice
#define INNER 512
#endif
typedef void (*callback)(void);
__attribute__((noinline, noclone)) static int inner(callback call, int n) {
    volatile char block[FRAME];
    block[0] = (char)n;
    call();
    int below = n > 0 ? inner(call, n - 1) : 0;
    call();
    return below + block[0];
}
int plugin(callback call, int rounds) {
    volatile char block[FRAME * 2];
    block[0] = 1;
    return inner(call, rounds) + block[0];
}
/* Builds of this lie at the same address, too: `through` leads to `twice` by a frame more or less (VIA), which INNER, the
   size of the last one, makes up for. So twice's calls return to the same address with the same stack pointer, from where
   a frame's end lies elsewhere. */
__attribute__((noinline, noclone, used)) static void twice(callback call) {
    volatile char block[INNER];
    block[0] = 1;
    for (volatile int i = 0; i < 3; i++) {
        call();
        call();
    }
}
__attribute__((noinline, noclone, used)) static void farther(callback call) {
    volatile char block[512];
    block[0] = 1;
    twice(call);
    block[1] = 1;
}
void through(callback call) {
    volatile char block[512];
    block[0] = 1;
    VIA(call);
    block[1] = 1;
}
/* Calls `call`, which leaps back here. */
static jmp_buf place;
void caught(callback call) {
    if (setjmp(place) == 0) call();
}
void leap(void) { longjmp(place, 1); }
