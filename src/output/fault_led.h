/* SPDX-License-Identifier: MIT */
/*
 * The fault light: an LED of /sys/class/leds, lit constantly in a fault, as the charging station's own
 * red LED.
 */
#ifndef POWEROPT_OUTPUT_FAULT_LED_H
#define POWEROPT_OUTPUT_FAULT_LED_H

#include <stdbool.h>

/**
 * fault_led_set() - switch the light.
 * @directory: of the LED, such as /sys/class/leds/red; its trigger is set to none.
 *
 * Returns 0 or the negative errno of the attribute that refused.
 */
int fault_led_set(const char *directory, bool lit);

#endif
