/* SPDX-License-Identifier: MIT */
/*
 * Everything that the daemon tells on D-Bus (interface org.poweroptd.Optimizer1), at one moment.
 *
 * A property that the daemon does not have, or has with another type, is unknown here, and nothing
 * else suffers: poweroptctl and the daemon need not be of the same version.
 */
#ifndef POWEROPT_CTL_OPTIMIZER_STATUS_H
#define POWEROPT_CTL_OPTIMIZER_STATUS_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

#include "core/dip.h"
#include "core/reading.h"

#define OPTIMIZER_UNKNOWN    INT64_C(-1)
#define OPTIMIZER_WORD_MAX   64	  /* bytes of a word or a name with its terminating zero */
#define OPTIMIZER_TEXT_MAX   1024 /* the same of a sentence */
#define OPTIMIZER_FAULTS_MAX 16

/* How requests to the meter ended. */
enum bus_count {
	BUS_COUNT_OK,
	BUS_COUNT_TIMEOUT,
	BUS_COUNT_CRC,
	BUS_COUNT_EXCEPTION,
	BUS_COUNT_IMPLAUSIBLE,
	BUS_COUNT_MAX,
};

/* Unknown is an empty text, and OPTIMIZER_UNKNOWN for a number. Texts are as text_echo() makes them. */
struct optimizer_status {
	int64_t at_us; /* CLOCK_BOOTTIME of the answer */
	char state[OPTIMIZER_WORD_MAX];
	char reason[OPTIMIZER_TEXT_MAX];
	int64_t allowed_ma;
	int64_t limit_ma; /* unknown also where there is none, in the state `disabled` */
	char limit_source[OPTIMIZER_WORD_MAX]; /* dip, config, or meter: its rating is lower */
	bool dip_known;
	bool dip[DIP_SWITCHES];
	int fault_count;
	char faults[OPTIMIZER_FAULTS_MAX][OPTIMIZER_WORD_MAX];
	int phases; /* how many of current_ma there are; 0: unknown */
	int32_t current_ma[PHASES_MAX];
	char meter_model[OPTIMIZER_WORD_MAX];
	char meter_serial[OPTIMIZER_WORD_MAX];
	int64_t meter_online;	 /* 0 or 1 */
	int64_t last_reading_us; /* CLOCK_BOOTTIME of the last valid reading */
	int64_t bus[BUS_COUNT_MAX];
	char output[OPTIMIZER_TEXT_MAX];
	int64_t charger_ma; /* what it says that it draws */
	int64_t cap_ma;	    /* unknown where there is none */
	char cap_holder[OPTIMIZER_WORD_MAX];
};

/** bus_count_name() - its name on every interface, such as "timeout". */
const char *bus_count_name(enum bus_count count);

/** optimizer_status_init() - nothing is known. */
void optimizer_status_init(struct optimizer_status *status);

/**
 * optimizer_status_take() - read the answer to Properties.GetAll.
 * @ret: untouched on failure. Returns 0, or the negative errno of a message that is none.
 */
int optimizer_status_take(sd_bus_message *answer, int64_t at_us, struct optimizer_status *ret);

/** optimizer_status_age_ms() - of the last valid reading, or OPTIMIZER_UNKNOWN. */
int64_t optimizer_status_age_ms(const struct optimizer_status *status);

/** optimizer_status_faulty() - whether there is a fault. */
bool optimizer_status_faulty(const struct optimizer_status *status);

#endif
