// Keeping a process that lives long small between the rare moments at which it has work.
#pragma once

// Lets go of the pages of code and constants that are mapped. They are the files' own, unchanged, and stay in the page
// cache: what is needed again comes back by itself. Starting a pod runs through most of the program, waiting through
// next to nothing of it, and the kernel maps sixteen pages for each one that is touched.
void give_back_code();
