// Makes a run's report.html, curves and animation again, say after an evaluation or a stop by force.
#include <cspgan/programs/run_pages.hpp>

int main(int argc, char** argv) { return cspgan::run_report_program(argc, argv); }
