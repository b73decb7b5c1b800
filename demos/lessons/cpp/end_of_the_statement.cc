// An address into a string that ends with its statement.

#include "dropscope.h"
#include <string>
#include <unistd.h>

std::string name() { return std::string(928, 'a'); }

int main() {
    dropscope::Scope scope("main");
    const char *letters = name().c_str();
    dropscope::mark("the string is gone, the address is not");
    dropscope::mark("dangling: letters");
    usleep(400);
    std::string other(929, 'z');
    usleep(400);
    dropscope::mark(letters[100] == 'z' ? "the letters are those of another string" : "the letters are our own");
    usleep(400);
}
