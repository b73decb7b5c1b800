// Members are destroyed in the opposite order to that of their declaration.

#include "dropscope.h"
#include <array>
#include <string>
#include <unistd.h>

struct Drawer {
    std::string top = std::string(2031, 't');
    std::string middle = std::string(2032, 'm');
    std::string bottom = std::string(2033, 'b');
};

int main() {
    {
        dropscope::Scope scope("members");
        Drawer drawer;
        usleep(400);
    }
    usleep(400);
    {
        dropscope::Scope scope("variables");
        std::string first(2041, 'x');
        std::string second(2042, 'x');
        usleep(400);
    }
    usleep(400);
    {
        dropscope::Scope scope("elements");
        std::array<std::string, 2> names = {std::string(2051, 'x'), std::string(2052, 'x')};
        usleep(400);
    }
    usleep(400);
}
