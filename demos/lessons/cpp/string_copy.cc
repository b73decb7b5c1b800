// An assignment copies, unless it is asked to move; and a short string needs no memory at all.

#include "dropscope.h"
#include <string>
#include <unistd.h>
#include <utility>

int main() {
    {
        dropscope::Scope scope("copied");
        std::string first(2021, 'x');
        usleep(400);
        std::string second = first;
        dropscope::mark("Clone: first -> second");
        dropscope::mark(first == second ? "two equal strings, two blocks" : "the strings differ");
        usleep(400);
    }
    {
        dropscope::Scope scope("moved");
        std::string first(2022, 'x');
        usleep(400);
        dropscope::mark("move: first -> second");
        std::string second = std::move(first);
        dropscope::mark(first.empty() ? "one block, its old owner is empty" : "first has its letters");
        usleep(400);
    }
    {
        dropscope::Scope scope("short");
        std::string first = "fifteen letters";
        std::string second = first;
        auto inside = reinterpret_cast<const char *>(&second) <= second.data() &&
                      second.data() < reinterpret_cast<const char *>(&second + 1);
        dropscope::mark(inside ? "the letters lie in the string itself" : "the letters lie in a block");
        dropscope::mark(sizeof(std::string) == 32 ? "a string is 32 bytes" : "a string has another size");
        usleep(400);
    }
    usleep(400);
}
