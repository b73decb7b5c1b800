// C++ exceptions with clean-ups that call back. Compiled by unwind_stress.rs where there is a C++ compiler.
typedef void (*callback)();

struct Cleanup {
    callback call;
    ~Cleanup() { call(); }
};

__attribute__((noinline)) static int thrower(callback call, int n) {
    Cleanup cleanup{call};
    volatile char block[40];
    block[0] = static_cast<char>(n);
    call();
    if (n == 0) throw 42;
    int below = thrower(call, n - 1);
    call();
    return below + block[0];
}

extern "C" void throws(callback call, int rounds) {
    for (int i = 0; i < rounds; i++) {
        try {
            thrower(call, i % 7);
        } catch (int) {
            call();
        }
    }
}
