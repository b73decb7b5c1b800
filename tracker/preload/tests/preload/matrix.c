/* A program that is recorded: does what its argument says, keeps a log of it, and ends as the argument says. */
#define _GNU_SOURCE
#include "log.h"
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>

#define KEEP __attribute__((noinline, noclone))
extern char **environ;
void *__libc_malloc(size_t);

static void some(size_t from) {
    void *first = get(from);
    void *second = calloc(1, from + 1);
    note('Z', from + 1, second, NULL);
    void *grown = realloc(second, from + 2);
    note('R', from + 2, grown, second);
    drop(first, from);
    drop(grown, from + 2);
}

static void must(int condition) {
    if (!condition) {
        perror("matrix");
        _exit(96);
    }
}

/* Threads. */
static pthread_key_t at_end;
static void last(void *block) {
    some(45000);
    drop(block, 44000);
}
static void *short_life(void *unused) {
    (void)unused;
    pthread_setspecific(at_end, get(44000));
    some(44100);
    return get(44200);
}
static void threads(int count) {
    pthread_key_create(&at_end, last);
    for (int done = 0; done < count; done += 50) {
        pthread_t all[50];
        for (int i = 0; i < 50; i++) must(pthread_create(&all[i], NULL, short_life, NULL) == 0);
        for (int i = 0; i < 50; i++) {
            void *block;
            pthread_join(all[i], &block);
            drop(block, 44200);
        }
    }
}

/* A thread on a stack of this size. */
static void *on_stack(size_t bytes, void *(*work)(void *), int is_awaited) {
    pthread_attr_t attributes;
    pthread_t thread;
    void *result = NULL;
    pthread_attr_init(&attributes);
    must(pthread_attr_setstacksize(&attributes, bytes) == 0);
    must((errno = pthread_create(&thread, &attributes, work, NULL)) == 0);
    if (is_awaited) pthread_join(thread, &result);
    return result;
}
KEEP static int deep(int left) {
    volatile char frame[20000];
    frame[left] = 1;
    int below = left > 0 ? deep(left - 1) : 0;
    if (left % 100 == 0) some(46000);
    return below + frame[left];
}
static void *use_small_stack(void *unused) {
    for (int i = 0; i < 20; i++) some(47000);
    return unused;
}
static void *use_huge_stack(void *unused) {
    deep(1500);
    return unused;
}
static void stacks(void) {
    for (int i = 0; i < 30; i++) on_stack(16384, use_small_stack, 1);
    on_stack(32 << 20, use_huge_stack, 1);
    some(47100);
}
static void *for_ever(void *unused) {
    for (;;) free(malloc(333));
    return unused;
}
/* Leaves while threads on the smallest stacks allocate. */
static void busy_exit(void) {
    for (int i = 0; i < 4; i++) on_stack(16384, for_ever, 0);
    for (int i = 0; i < 300; i++) some(41000 + i);
    exit(7);
}

/* Processes. */
static void work_in_child(void) {
    is_quiet = 1;
    for (int i = 0; i < 500; i++) free(malloc(48000 + i));
}
static void wait_for(pid_t child, int code) {
    int status = 0;
    must(waitpid(child, &status, 0) == child);
    must(WIFEXITED(status) && WEXITSTATUS(status) == code);
}
static void forks(void) {
    pthread_t other;
    pthread_create(&other, NULL, for_ever, NULL);
    for (int round = 0; round < 40; round++) {
        some(40000);
        pid_t child = fork();
        if (child == 0) {
            work_in_child();
            if (round % 2) exit(3);
            _exit(3);
        }
        some(40100);
        wait_for(child, 3);
    }
}
/* Each child is a recorded program, with a log of its own. */
static void set_child_log(void) {
    static char name[4096];
    snprintf(name, sizeof name, "%s.child", getenv("MATRIX_LOG"));
    setenv("MATRIX_LOG", name, 1);
}
static char *const plain[] = {(char *)"matrix", (char *)"plain", NULL};
static void fork_exec(void) {
    some(40000);
    pid_t child = fork();
    if (child == 0) {
        set_child_log();
        execv("/proc/self/exe", plain);
        _exit(95);
    }
    wait_for(child, 0);
    some(40100);
}
static void with_vfork(void) {
    void *kept = get(40000);
    set_child_log();
    pid_t child = vfork();
    if (child == 0) {
        /* On its parent's memory. POSIX forbids it; programs do it. */
        free(malloc(333));
        execv("/proc/self/exe", plain);
        _exit(95);
    }
    wait_for(child, 0);
    drop(kept, 40000);
}
static void with_spawn(void) {
    some(40000);
    set_child_log();
    pid_t child;
    must(posix_spawn(&child, "/proc/self/exe", NULL, NULL, plain, environ) == 0);
    wait_for(child, 0);
    some(40100);
}

/* Signals. */
static volatile sig_atomic_t handled;
static void allocates(int signal) {
    (void)signal;
    some(43000);
    handled++;
}
static void counts(int signal) {
    (void)signal;
    handled++;
}
static void handle(int signal, void (*handler)(int)) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    action.sa_flags = SA_ONSTACK | SA_RESTART;
    must(sigaction(signal, &action, NULL) == 0);
}
static void set_timer(int microseconds) {
    struct itimerval timer = {{0, microseconds}, {0, microseconds}};
    setitimer(ITIMER_REAL, &timer, NULL);
}
static void alternate_stack(void) {
    stack_t stack = {.ss_sp = mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
                     .ss_size = 1 << 16};
    must(sigaltstack(&stack, NULL) == 0);
}
/* A handler may allocate where the program was not allocating: in a wait, or raised. */
static void signals(void) {
    alternate_stack();
    handle(SIGALRM, allocates);
    handle(SIGUSR1, allocates);
    sigset_t blocked, open;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGALRM);
    sigprocmask(SIG_BLOCK, &blocked, &open);
    set_timer(300);
    while (handled < 400) {
        some(42000);
        sigsuspend(&open);
        raise(SIGUSR1);
    }
    set_timer(0);
}
/* A handler that does not may come anywhere: most often into the recorder. */
static void interrupts(void) {
    alternate_stack();
    handle(SIGALRM, counts);
    set_timer(70);
    for (int i = 0; i < 60000 || (handled < 20 && i < 500000); i++) drop(get(40000 + i % 9000), 40000 + i % 9000);
    set_timer(0);
    must(handled > 0);
}
KEEP static void jump_from(jmp_buf where, int left) {
    volatile char frame[64];
    frame[0] = 1;
    some(42500);
    if (left == 0) longjmp(where, 1);
    jump_from(where, left - 1);
    frame[1] = frame[0];
}
static void jumps(void) {
    for (volatile int round = 0; round < 300; round++) {
        jmp_buf where;
        if (setjmp(where) == 0) jump_from(where, round % 9);
        some(42600);
    }
}

/* Libraries that come and go, of which blocks stay. */
static void libraries(char *const *paths) {
    void *kept[40][2];
    for (int round = 0; round < 40; round++) {
        void *library = dlopen(paths[round % 2], RTLD_NOW);
        must(library != NULL);
        void *(*give)(size_t) = (void *(*)(size_t))dlsym(library, "give");
        for (int i = 0; i < 2; i++) {
            kept[round][i] = give(41000 + round);
            note('A', 41000 + round, kept[round][i], NULL);
        }
        drop(kept[round][0], 41000 + round);
        dlclose(library);
    }
    for (int round = 0; round < 40; round++) drop(kept[round][1], 41000 + round);
}

/* Ways to end. */
KEEP static int overflow(int depth) {
    volatile char frame[64];
    frame[0] = (char)depth;
    drop(get(43000 + depth % 900), 43000 + depth % 900);
    return overflow(depth + 1) + frame[0];
}
static void on_overflow(int signal) {
    (void)signal;
    must(write(1, "overflow\n", 9) == 9);
    _exit(3);
}
static void *overflowing(void *unused) {
    alternate_stack();
    overflow(0);
    return unused;
}
static void end_by(const char *how) {
    some(40000);
    if (!strcmp(how, "overflow")) {
        on_stack(1 << 17, overflowing, 1);
    }
    if (!strcmp(how, "overflow-handled")) {
        handle(SIGSEGV, on_overflow);
        on_stack(1 << 17, overflowing, 1);
    }
    if (!strcmp(how, "abort")) abort();
    if (!strcmp(how, "kill")) raise(SIGKILL);
    if (!strcmp(how, "_exit")) _exit(8);
    for (int i = 0; !strcmp(how, "endless"); i++) drop(get(43000 + i % 7000), 43000 + i % 7000);
}

/* What is odd in the blocks themselves. Everything between the first and the last of these is the program's. */
static void zeros(void) {
    get(59001);
    void *empty = malloc(0);
    note('A', 0, empty, NULL);
    void *grown = realloc(empty, 10);
    note('R', 10, grown, empty);
    must(realloc(grown, 0) == NULL);
    note('F', 10, grown, NULL);
    void *none = calloc(0, 8);
    note('Z', 0, none, NULL);
    drop(none, 0);
    void *fresh = realloc(NULL, 0);
    note('A', 0, fresh, NULL);
    drop(fresh, 0);
    free(NULL);
    void *aligned = NULL;
    must(posix_memalign(&aligned, 64, 0) == 0);
    note('A', 0, aligned, NULL);
    drop(aligned, 0);
    volatile size_t too_much = SIZE_MAX / 2;
    must(malloc(too_much) == NULL && calloc(too_much, 3) == NULL);
    void *kept = get(59003);
    must(realloc(kept, too_much) == NULL);
    drop(get(59004), 59004);
    drop(kept, 59003);
    get(59002);
}
static void alignments(void) {
    for (int log2 = 4; log2 <= 30; log2++) {
        size_t align = (size_t)1 << log2;
        void *block = NULL;
        must(posix_memalign(&block, align, 40000 + log2) == 0 && (uintptr_t)block % align == 0);
        note('A', 40000 + log2, block, NULL);
        void *other = memalign(align, 41000 + log2);
        must((uintptr_t)other % align == 0);
        note('A', 41000 + log2, other, NULL);
        drop(block, 40000 + log2);
        drop(other, 41000 + log2);
    }
    must(aligned_alloc((size_t)1 << 62, 42000) == NULL);
}
/* A block that came by another way than malloc is freed by it. */
static void foreign(void) {
    some(40000);
    for (int i = 0; i < 5; i++) free(__libc_malloc(52000 + i));
    some(40000);
}
static void in_chroot(const char *folder) {
    some(40000);
    must(chroot(folder) == 0 && chdir("/") == 0);
    for (int i = 0; i < 100; i++) some(41000 + i);
    usleep(50000);
    for (int i = 0; i < 100; i++) some(42000 + i);
}
static void flood(int count) {
    for (int i = 0; i < count; i++) free(malloc(48 + i % 500));
    some(40000);
    puts("alive");
}

int main(int count, char **words) {
    const char *what = count > 1 ? words[1] : "";
    prepare();
    if (!strcmp(what, "plain")) for (int i = 0; i < 50; i++) some(41000 + i);
    else if (!strcmp(what, "threads")) threads(atoi(words[2]));
    else if (!strcmp(what, "stacks")) stacks();
    else if (!strcmp(what, "main-stack")) deep(1500);
    else if (!strcmp(what, "busy-exit")) busy_exit();
    else if (!strcmp(what, "forks")) forks();
    else if (!strcmp(what, "fork-exec")) fork_exec();
    else if (!strcmp(what, "vfork")) with_vfork();
    else if (!strcmp(what, "spawn")) with_spawn();
    else if (!strcmp(what, "exec")) { some(40000); execv("/proc/self/exe", plain); }
    else if (!strcmp(what, "signals")) signals();
    else if (!strcmp(what, "interrupts")) interrupts();
    else if (!strcmp(what, "jumps")) jumps();
    else if (!strcmp(what, "libraries")) libraries(words + 2);
    else if (!strcmp(what, "zeros")) zeros();
    else if (!strcmp(what, "alignments")) alignments();
    else if (!strcmp(what, "foreign")) foreign();
    else if (!strcmp(what, "chroot")) in_chroot(words[2]);
    else if (!strcmp(what, "flood")) flood(atoi(words[2]));
    else end_by(what);
    printf("%s done\n", what);
    return 0;
}
