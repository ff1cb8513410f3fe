/* SPDX-License-Identifier: MIT */
#include "app/failsafe.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "app/boottime.h"
#include "app/log.h"
#include "app/manager.h"
#include "app/runtime.h"
#include "core/dip.h"
#include "core/quantity.h"
#include "output/output.h"

/* How often an output that is being handed over by udev is tried again. */
#define RETRY_MS 50

/* The service manager waits TimeoutStopSec= for us. */
#define WAIT_US 1500000

/* Never more than was allowed: a fault, and our end is one, does not raise the current. */
static int32_t safe_current_ma(const struct config *config, const char *directory)
{
	int32_t safe_ma = config->charger.failsafe_ma;
	struct regulator_memory memory;
	int32_t allowed_ma;

	/* What was allowed is not known: then nothing was. */
	if (!directory || runtime_load_memory(directory, &memory, &allowed_ma) < 0)
		return 0;
	if (allowed_ma < safe_ma)
		safe_ma = allowed_ma;
	if (config->mains.limit_ma > 0 &&
		safe_ma > config->mains.limit_ma - config->mains.margin_ma)
		safe_ma = config->mains.limit_ma - config->mains.margin_ma;
	return safe_ma < config->charger.min_ma ? 0 : safe_ma;
}

static int write_safe(struct output *output, int32_t safe_ma, int32_t limit_ma)
{
	struct output_command command = {
		.allowed_ma = safe_ma,
		.state = REGULATOR_FAILSAFE,
		.limit_ma = limit_ma,
	};
	int64_t until_us = boottime_us() + WAIT_US;
	int r;

	/* Here, and only here, there is nothing else to do than to wait. */
	while ((r = output_write(output, &command, boottime_us() / 1000)) == -EAGAIN &&
		boottime_us() < until_us)
		(void)poll(NULL, 0, RETRY_MS);
	return r;
}

/* Systemd says in the environment how the service ended, see systemd.exec(5). */
static void report_safe(const char *amps, const char *output)
{
	const char *result = getenv("SERVICE_RESULT"), *status = getenv("EXIT_STATUS");

	if (!result)
		log_event(EVENT_SAFE_WRITTEN, LOG_NOTICE, NULL, "The charger was left at %s A (%s)",
			amps, output);
	else if (strcmp(result, "success") != 0) /* else the daemon has told it at its end */
		log_event(EVENT_SAFE_WRITTEN, LOG_WARNING, NULL,
			"The service failed (%s%s%s): the charger was left at %s A (%s)", result,
			status ? ", " : "", status ? status : "", amps, output);
}

int failsafe_run(const char *path, bool path_given)
{
	const char *directory = runtime_directory();
	struct output *output;
	struct config config;
	char amps[16];
	int32_t safe_ma;
	bool broken = false;
	int r;

	if (!directory && !path_given)
		directory = POWEROPT_RUNSTATEDIR "/poweroptd";
	if (!directory || runtime_load_config(directory, &config) < 0)
		broken = config_salvage(path, &config, manager_config_sink()) < 0;

	if (broken && config.charger.output == OUTPUT_NONE) {
		log_event(EVENT_SAFE_FAILED, LOG_ERR, NULL,
			"The charger could not be made safe: %s does not say how it is reached. "
			"Switch it off if a car is charging",
			path);
		return -EBADMSG;
	}

	safe_ma = safe_current_ma(&config, directory);
	r = output_new(&output, &config);
	if (r < 0) {
		log_event(EVENT_SAFE_FAILED, LOG_ERR, NULL,
			"The charger could not be made safe: %s. Switch it off if a car is charging",
			strerror(-r));
		return r;
	}
	r = write_safe(output, safe_ma,
		config.mains.limit_ma > 0 ? config.mains.limit_ma : DIP_LOWEST_LIMIT_MA);
	if (r < 0)
		log_event(EVENT_SAFE_FAILED, LOG_ERR, NULL,
			"The charger could not be made safe. %s. Switch it off if a car is charging",
			output_error(output));
	else if (config.charger.output == OUTPUT_NONE)
		log_notice("No output is configured: there is nothing to make safe");
	else
		report_safe(amps_format(safe_ma, amps, sizeof(amps)), output_describe(output));
	output_free(output);
	return r;
}
