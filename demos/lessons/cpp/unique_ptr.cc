// std::unique_ptr: one owner, handed on by std::move.

#include "dropscope.h"
#include <memory>
#include <unistd.h>
#include <utility>

struct Page {
    char letters[2001];
};

// Takes the page by value: from here on it is the owner.
void read(std::unique_ptr<Page> page) {
    dropscope::Scope scope("read");
    usleep(400);
}

int main() {
    dropscope::Scope scope("main");
    auto first = std::make_unique<Page>();
    usleep(400);
    auto second = std::move(first);
    dropscope::mark("move: first -> second");
    dropscope::mark(first ? "first still has the page" : "first is null, and may still be asked");
    usleep(400);
    dropscope::mark("move: second -> read");
    read(std::move(second));
    dropscope::mark("read has returned");
    usleep(400);
}
