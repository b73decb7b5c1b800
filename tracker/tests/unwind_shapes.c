/* Stack shapes that C compilers make, each calling back at interesting places. Compiled by unwind_stress.rs. */
#define _GNU_SOURCE
#include <alloca.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

typedef void (*callback)(void);
#define KEEP __attribute__((noinline, noclone))
/* A call in tail position would leave no frame. */
#define DONE __asm__ volatile("" ::: "memory")

static __thread callback call;

KEEP static int spread(int n, int a, int b, int c, int d, int e, int f, int g, int h) {
    volatile int kept[4] = {a, b, c, d};
    call();
    if (n > 0) spread(n - 1, h, g, f, e, d, c, b, a);
    call();
    return kept[n & 3] + e + f + g + h;
}

KEEP static int with_alloca(int n) {
    char *block = alloca(16 + (n * 37) % 700);
    memset(block, n, 16);
    call();
    int below = n > 0 ? with_alloca(n - 1) : 0;
    call();
    return below + block[3];
}

KEEP static int realigned(int n) {
    __attribute__((aligned(64))) volatile char block[128];
    char *more = alloca(32 + n * 8);
    block[n & 127] = more[0] = (char)n;
    call();
    int below = n > 0 ? realigned(n - 1) : spread(2, 1, 2, 3, 4, 5, 6, 7, 8);
    call();
    return below + block[1] + more[0];
}

KEEP static int huge_frame(int n) {
    volatile char block[20000];
    block[n] = (char)n;
    call();
    int below = n > 0 ? huge_frame(n - 1) : 0;
    DONE;
    return below + block[0];
}

KEEP static int compare(const void *a, const void *b) {
    int left = *(const int *)a, right = *(const int *)b;
    if ((left & 7) == 0) call();
    DONE;
    return left - right;
}

KEEP static void sorted(void) {
    int values[64];
    for (int i = 0; i < 64; i++) values[i] = (i * 7919) % 101;
    qsort(values, 64, sizeof values[0], compare);
    int key = values[20];
    bsearch(&key, values, 64, sizeof values[0], compare);
    DONE;
}

KEEP static void jump_from(jmp_buf where, int n) {
    volatile char block[48];
    block[0] = (char)n;
    call();
    if (n == 0) longjmp(where, 1);
    jump_from(where, n - 1);
    DONE;
}

KEEP static void jumped(void) {
    for (volatile int i = 0; i < 6; i++) {
        jmp_buf where;
        if (setjmp(where) == 0) jump_from(where, i * 3);
        call();
    }
    DONE;
}

static __thread ucontext_t outside, inside;
KEEP static void coroutine(void) {
    for (int i = 0; i < 5; i++) {
        spread(i, 1, 2, 3, 4, 5, 6, 7, 8);
        swapcontext(&inside, &outside);
    }
}

KEEP static void coroutines(void) {
    static __thread char *stack;
    if (!stack) stack = malloc(256 * 1024);
    getcontext(&inside);
    inside.uc_stack.ss_sp = stack;
    inside.uc_stack.ss_size = 256 * 1024;
    inside.uc_link = &outside;
    makecontext(&inside, coroutine, 0);
    for (int i = 0; i < 5; i++) {
        swapcontext(&outside, &inside);
        call();
    }
    DONE;
}

/* Runs a function on another stack; unwinding goes on through the frame pointer. */
void on_other_stack(void (*function)(void), void *top);
__asm__(".text\n.globl on_other_stack\n.type on_other_stack,@function\non_other_stack:\n.cfi_startproc\n"
        "push %rbp\n.cfi_def_cfa_offset 16\n.cfi_offset 6,-16\nmov %rsp,%rbp\n.cfi_def_cfa_register 6\n"
        "mov %rsi,%rsp\ncall *%rdi\nmov %rbp,%rsp\npop %rbp\n.cfi_def_cfa 7,8\nret\n.cfi_endproc\n"
        ".size on_other_stack,.-on_other_stack\n");

KEEP static void deep_call(void) { spread(4, 1, 2, 3, 4, 5, 6, 7, 8); DONE; }

KEEP static void switched(void) {
    static __thread char *stack;
    if (!stack) stack = malloc(256 * 1024);
    call();
    on_other_stack(deep_call, (void *)(((size_t)stack + 256 * 1024) & ~63ul));
    call();
}

KEEP static void raised(void) {
    call();
    raise(SIGUSR1);
    call();
}

/* Frames whose frame pointer register holds anything. */
KEEP static long many_live(long n, long a, long b, long c) {
    long d = a * 3 + n, e = b * 5 + n, f = c * 7 + n, g = a ^ b, h = b ^ c;
    call();
    if (n > 0) d += many_live(n - 1, e, f, g);
    call();
    return d * e + f * g + h * a + b + c;
}

static __thread pthread_once_t once;
KEEP static void once_routine(void) { spread(2, 1, 2, 3, 4, 5, 6, 7, 8); DONE; }

/* The same return address at the same stack pointer under another caller: only the frame pointer tells them apart.
   The callers' frames differ by what the blocks inside differ by, and a block that nobody writes still holds the
   return address that the other caller's call had put there. */
KEEP static void deeper(void) { call(); DONE; }
KEEP static void light(int twice) {
    if (twice) call();
    deeper();
    DONE;
}
KEEP static void heavy(int twice) {
#ifdef OMITTED
    __asm__ volatile("" ::: "rbp");
#endif
    if (twice) call();
    deeper();
    DONE;
}
KEEP static void heavy_below(int n) {
    if (n > 0) heavy_below(n - 1);
    else heavy(0);
    DONE;
}
KEEP static void pointed(int size, int twice, int weight) {
    volatile char *block = alloca(size + 1);
    __asm__ volatile("" : : "r"(block));
    if (weight == 0) deeper();
    if (weight == 1) light(twice);
    if (weight == 2) heavy(twice);
    if (weight == 4) heavy_below(8);
    DONE;
}
KEEP static void pointed_aligned(int twice) {
    __attribute__((aligned(64))) volatile char block[64];
    volatile char *more = alloca(32);
    __asm__ volatile("" : : "r"(block), "r"(more));
    light(twice);
    DONE;
}
KEEP static void recursing(int n) {
    volatile char block[64];
    __asm__ volatile("" : : "r"(block));
    if (n > 0) recursing(n - 1);
    else deeper();
    DONE;
}
#define UNDER(name, bytes)                                   \
    KEEP static void name(int size, int twice, int weight) { \
        volatile char block[bytes];                          \
        __asm__ volatile("" : : "r"(block));                 \
        if (weight == 3) pointed_aligned(twice);             \
        else if (weight == 5) recursing(4);                  \
        else pointed(size, twice, weight);                   \
        DONE;                                                \
    }
UNDER(under_16, 16)
UNDER(under_32, 32)
UNDER(under_64, 64)
UNDER(under_128, 128)

KEEP static void look_alikes(void) {
    void (*callers[])(int, int, int) = {under_16, under_32, under_64, under_128};
    /* One call for all, so that the outer frames stay the same: each pair of caller and size after each other, after
       a deeper stack of the first. */
    for (int step = 0; step < 3 * 5 * 40 * 40; step++) {
        int phase = step % 3, weight = step / 3 % 5, pair = step / 15, which = phase < 2 ? pair % 40 : pair / 40;
        callers[which % 4](which / 4 * 16, phase == 1, phase == 0 ? 4 : weight < 4 ? weight : 5);
    }
    DONE;
}

/* The same two places again and again, in the same frames but for one of the outermost. */
KEEP static void two_places(void) {
    for (volatile int i = 0; i < 2; i++) {
        call();
        call();
    }
}
KEEP static void between(void) {
    two_places();
    DONE;
}
KEEP static void inner_between(void) {
    between();
    DONE;
}
KEEP static void by_two_ways(void) {
    for (volatile int i = 0; i < 4; i++) {
        inner_between();
        DONE;
        inner_between();
        DONE;
        between();
        DONE;
    }
}

void shapes(callback with, int rounds) {
    call = with;
    look_alikes();
    by_two_ways();
    for (int i = 0; i < rounds; i++) {
        spread(3 + i % 5, 1, 2, 3, 4, 5, 6, 7, 8);
        with_alloca(i % 12);
        realigned(i % 6);
        huge_frame(i % 4);
        sorted();
        jumped();
        coroutines();
        switched();
        raised();
        many_live(i % 10, i, i + 1, i + 2);
        pthread_once_t fresh = PTHREAD_ONCE_INIT;
        memcpy(&once, &fresh, sizeof once);
        pthread_once(&once, once_routine);
    }
}
