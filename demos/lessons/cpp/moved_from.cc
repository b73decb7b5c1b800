// A moved-from object is still there: it may be used, and its destructor runs.

#include "dropscope.h"
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

// Tells when it is destroyed.
struct Letter {
    std::string text = std::string(2011, 'x');

    Letter() = default;
    Letter(Letter &&other) noexcept : text(std::move(other.text)) { dropscope::mark("move constructor: our code runs"); }
    ~Letter() { dropscope::mark(text.empty() ? "destructor: nothing in it" : "destructor: the text is in it"); }
};

int main() {
    dropscope::Scope scope("main");
    Letter first;
    usleep(400);
    {
        dropscope::Scope inner("the second one");
        Letter second = std::move(first);
        dropscope::mark("move: first -> second");
        dropscope::mark(first.text.empty() ? "first is empty, and may be used" : "first has its text");
        usleep(400);
    }
    first.text.assign(2012, 'y');
    dropscope::mark("first is used again");
    usleep(400);
}
