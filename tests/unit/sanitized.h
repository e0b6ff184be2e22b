// Whether a test is built with sanitizers. Each round of a loop takes tens of times longer there, so that a test of
// many random or all possible values tries a part of them; the plain build tries all.
#pragma once

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define NACELLE_SANITIZED 1
#endif
#endif

#ifdef NACELLE_SANITIZED
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif
