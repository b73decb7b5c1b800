// C++: exceptions with clean-ups that release, through recorded frames and on threads; the standard library's containers.
#include "log.h"
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

struct Block {
    size_t size;
    char *bytes;
    explicit Block(size_t wanted) : size(wanted), bytes(new char[wanted]) { note('A', size, bytes, nullptr); }
    ~Block() {
        delete[] bytes;
        note('F', size, bytes, nullptr);
    }
};

__attribute__((noinline)) static int thrower(int left) {
    Block block(41000 + static_cast<size_t>(left));
    if (left == 0) throw std::runtime_error(std::string(200, 'x'));
    int below = thrower(left - 1);
    return below + static_cast<int>(block.size);
}

static int work(int rounds) {
    int caught = 0;
    for (int round = 0; round < rounds; round++) {
        try {
            std::vector<std::string> words(20, std::string(100, 'y'));
            thrower(round % 12);
        } catch (const std::exception &error) {
            caught += static_cast<int>(std::string(error.what()).size());
        }
        try {
            thrower(3);
        } catch (...) {
            try {
                throw;
            } catch (const std::runtime_error &) {
                caught++;
            }
        }
    }
    return caught;
}

int main() {
    prepare();
    std::vector<std::thread> threads;
    std::vector<int> caught(4);
    for (int i = 0; i < 4; i++) threads.emplace_back([&caught, i] { caught[static_cast<size_t>(i)] = work(200); });
    for (auto &thread : threads) thread.join();
    printf("%d %d %d\n", caught[0], caught[3], work(50));
    return 5;
}
