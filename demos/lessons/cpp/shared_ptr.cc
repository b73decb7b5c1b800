// std::shared_ptr: several owners, counted; std::weak_ptr: an observer that owns nothing.

#include "dropscope.h"
#include <memory>
#include <string>
#include <unistd.h>

int main() {
    dropscope::Scope scope("main");
    auto first = std::make_shared<std::string>(2061, 'x');
    dropscope::mark("1 owner");
    usleep(400);
    auto second = first;
    dropscope::mark(first.use_count() == 2 ? "2 owners" : "another number of owners");
    usleep(400);
    std::weak_ptr<std::string> observer = first;
    dropscope::mark("2 owners, 1 observer");
    usleep(400);
    first.reset();
    dropscope::mark("1 owner, 1 observer");
    usleep(400);
    second.reset();
    dropscope::mark(observer.expired() ? "no owner, 1 observer: the text is gone" : "the text is there");
    usleep(400);
    observer.reset();
    dropscope::mark("no owner, no observer");
    usleep(400);
}
