// Marks and scopes of C++ programs that are recorded through libdropscope_preload.so. Without it they do nothing, so
// nothing has to be linked: the functions are looked up when they are called.
#ifndef DROPSCOPE_H
#define DROPSCOPE_H

#include <dlfcn.h>

namespace dropscope {

inline void tell(const char *function, const char *text) {
    using Function = void (*)(const char *);
    if (auto found = reinterpret_cast<Function>(dlsym(RTLD_DEFAULT, function))) {
        found(text);
    }
}

// A point on the time axis.
inline void mark(const char *text) { tell("dropscope_mark", text); }

// A named stretch of the thread's time: as long as the object lives. The name is not copied.
class Scope {
public:
    explicit Scope(const char *name) : name(name) { tell("dropscope_scope_enter", name); }
    ~Scope() { tell("dropscope_scope_exit", name); }
    Scope(const Scope &) = delete;
    Scope &operator=(const Scope &) = delete;

private:
    const char *name;
};

} // namespace dropscope

#endif
