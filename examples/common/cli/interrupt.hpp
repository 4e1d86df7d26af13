#pragma once

namespace study {

/// From now on Ctrl-C (SIGINT), SIGTERM and SIGUSR1 are noted instead of ending the program: runs in flight may finish.
/// A second one, half a second later or more, ends it at once.
void catch_interrupts();

/// Whether one has come.
bool interrupted();

}  // namespace study
