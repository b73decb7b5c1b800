/* Two builds of this differ in their frames' sizes only (FRAME), so that they can lie at the same address. */
#include <setjmp.h>
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
/* Calls `call`, which leaps back here. */
static jmp_buf place;
void caught(callback call) {
    if (setjmp(place) == 0) call();
}
void leap(void) { longjmp(place, 1); }
