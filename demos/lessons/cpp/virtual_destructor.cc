// What is deleted through its base class needs a virtual destructor there, or its own part is not destroyed.

#include "dropscope.h"
#include <memory>
#include <string>
#include <unistd.h>

struct Plain {
    ~Plain() {}
};

struct PlainPolygon : Plain {
    std::string name = std::string(2071, 'x');
};

struct Shape {
    virtual ~Shape() {}
};

struct Polygon : Shape {
    std::string name = std::string(2072, 'x');
};

int main() {
    {
        dropscope::Scope scope("without virtual");
        std::unique_ptr<Plain> shape(new PlainPolygon);
        usleep(400);
    }
    dropscope::mark("the first shape is gone, its name is not");
    usleep(400);
    {
        dropscope::Scope scope("with virtual");
        std::unique_ptr<Shape> shape(new Polygon);
        usleep(400);
    }
    usleep(400);
}
