// A type that owns memory and may be copied: two owners, and the block is released twice.

#include "dropscope.h"
#include <unistd.h>

// Releases its letters, and leaves copying to the compiler, which copies the address.
class Handle {
public:
    Handle() : letters(new char[927]) {}
    ~Handle() { delete[] letters; }

    char *letters;
};

int main() {
    Handle first;
    usleep(400);
    {
        dropscope::Scope scope("the copy");
        Handle second = first;
        dropscope::mark(first.letters == second.letters ? "one block, two owners" : "two blocks");
        dropscope::mark("second owner: second -> first");
        usleep(400);
    }
    dropscope::mark("the block is gone, and first does not know");
    usleep(400);
}
