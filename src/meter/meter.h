/* SPDX-License-Identifier: MIT */
/*
 * A Klefr meter on a serial line: polls the currents, finds out what the meter is, watches its
 * health, and survives whatever happens to it and to its wire.
 *
 * The hot path is one request for the currents every poll_interval. Everything else, the
 * identification included, is a slow request: at most one of them between two polls, so that the
 * currents never wait for more than one transaction.
 *
 * Nothing here blocks, logs, or knows the event loop: the caller watches meter_fd() for input while
 * meter_listens(), and calls meter_dispatch() then and at meter_deadline_us().
 */
#ifndef POWEROPT_METER_METER_H
#define POWEROPT_METER_METER_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "core/reading.h"

struct meter;

/* What meter_dispatch() reports, any of these at once. */
#define METER_READING	 (1u << 0) /* meter_reading() is new */
#define METER_REOPENED	 (1u << 1) /* meter_fd() changed, perhaps to -1 */
#define METER_IDENTIFIED (1u << 2) /* identity or model changed */
#define METER_TROUBLE	 (1u << 3) /* meter_status.trouble changed */
#define METER_HEALTH	 (1u << 4) /* the error register or the voltages were read */

enum meter_trouble {
	METER_TROUBLE_NONE,
	METER_TROUBLE_DEVICE,  /* the serial device cannot be used */
	METER_TROUBLE_SILENT,  /* no answer, or half of one */
	METER_TROUBLE_DAMAGED, /* answers with a wrong checksum */
	METER_TROUBLE_REFUSED, /* Modbus exceptions */
	METER_TROUBLE_FOREIGN, /* answers of another device, or our own echo */
	METER_TROUBLE_VALUE,   /* answers that are no reading */
};

/* How the requests ended since the meter was made; the keys of BusCounters. */
struct meter_counters {
	uint64_t ok;
	uint64_t timeout;     /* no answer, or not all of it */
	uint64_t crc;	      /* damaged */
	uint64_t exception;   /* refused by the meter */
	uint64_t implausible; /* intact, but not an answer to the request, or no reading */
};

struct meter_status {
	enum meter_model model; /* METER_MODEL_AUTO: not decided yet, polled as three phases */
	int phases;		/* polled: 1 or 3 */
	bool identified;	/* everything was asked; what is unknown now stays so for a while */
	char serial[9];		/* empty: unknown */
	int32_t meter_code;	/* -1: unknown */
	int32_t software;	/* version times 100, -1: unknown */
	int32_t rated_ma;	/* 0: unknown */
	int32_t parity;		/* register 0x4011, -1: unknown */
	int32_t error_register; /* -1: unknown */
	bool voltages_known;
	int32_t voltage_mv[PHASES_MAX]; /* -1: not a voltage */
	int64_t import_wh;		/* -1: unknown */
	uint8_t absent_phases;		/* without voltage, bit 0 for L1 */
	bool selftest_failed;
	bool unknown; /* answers, but none of the current registers is there */
	enum meter_trouble trouble;
	struct meter_counters counters;
};

/**
 * meter_new() - make a meter; the device is opened by the first meter_dispatch().
 * @ret:    owned by the caller, ended by meter_free().
 * @config: copied.
 * Returns 0 or -ENOMEM.
 */
int meter_new(struct meter **ret, const struct meter_config *config);

/** meter_free() - give the port back. Accepts NULL, returns NULL. */
struct meter *meter_free(struct meter *meter);

/** meter_fd() - to be watched for input while meter_listens(); -1 while the device is not open. */
int meter_fd(const struct meter *meter);

/** meter_listens() - whether input is worth being woken up for, see bus_listens(). */
bool meter_listens(const struct meter *meter);

/** meter_deadline_us() - when to call meter_dispatch() even without input. CLOCK_BOOTTIME. */
int64_t meter_deadline_us(const struct meter *meter);

/** meter_dispatch() - go on. Returns a set of METER_READING and so on. @now_us: CLOCK_BOOTTIME. */
unsigned int meter_dispatch(struct meter *meter, int64_t now_us);

/** meter_hangup() - the descriptor reported an error or a hang-up: close, and try again later. */
unsigned int meter_hangup(struct meter *meter, int64_t now_us);

/** meter_reading() - the last reading, of whatever quality. */
const struct reading *meter_reading(const struct meter *meter);

/** meter_status() - everything else that is known. */
const struct meter_status *meter_status(const struct meter *meter);

/** meter_trouble_text() - one sentence on the present trouble with its remedy; empty if none. */
const char *meter_trouble_text(const struct meter *meter);

/** meter_shared_with() - another program that has the port open, "NAME (process N)", or empty. */
const char *meter_shared_with(const struct meter *meter);

#endif
