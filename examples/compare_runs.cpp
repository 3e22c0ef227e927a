// Puts several runs on one page: compare_runs runs/a runs/b --out comparison.html
#include <cspgan/programs/run_pages.hpp>

int main(int argc, char** argv) { return cspgan::run_compare_program(argc, argv); }
