/* SPDX-License-Identifier: MIT */
/*
 * SANITIZED: built with AddressSanitizer, which has an allocator of its own. gcc and clang tell of it in
 * two ways.
 */
#ifndef POWEROPT_TESTS_SANITIZED_H
#define POWEROPT_TESTS_SANITIZED_H

#ifndef __has_feature
#define __has_feature(feature) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

#endif
