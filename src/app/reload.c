/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "app/log.h"
#include "app/manager_private.h"
#include "app/runtime.h"

static void sink_error(void *userdata, const char *line)
{
	(void)userdata;
	log_error("%s", line);
}

static void sink_warning(void *userdata, const char *line)
{
	(void)userdata;
	log_warning("%s", line);
}

const struct config_sink *manager_config_sink(void)
{
	static const struct config_sink sink = {sink_error, sink_warning, NULL};

	return &sink;
}

void reload_store(const struct manager *m)
{
	int r = runtime_directory() ? runtime_store_config(&m->config) : 0;

	if (r < 0)
		log_event(EVENT_SETTINGS_NOT_KEPT, LOG_WARNING, NULL,
			"The settings in force cannot be kept in %s: %s; after a crash the "
			"fail-safe works from %s instead",
			runtime_directory(), strerror(-r), m->path);
}

/*
 * What the output is made of, and no more: anything else must not interrupt the charge. Equal
 * configurations are equal bytes, see config_load().
 */
static bool output_differs(const struct config *a, const struct config *b)
{
	if (a->charger.output != b->charger.output)
		return true;
	switch (a->charger.output) {
	case OUTPUT_NONE:
		return false;
	case OUTPUT_PWM:
		return memcmp(&a->pwm, &b->pwm, sizeof(a->pwm)) != 0 ||
		       (a->pwm.mapping == PWM_MAPPING_LINEAR &&
			       a->charger.max_ma != b->charger.max_ma);
	case OUTPUT_CAN:
		return memcmp(&a->can, &b->can, sizeof(a->can)) != 0;
	case OUTPUT_SYSFS:
		return memcmp(&a->sysfs, &b->sysfs, sizeof(a->sysfs)) != 0;
	}
	return true;
}

static bool dip_differs(const struct config *a, const struct config *b)
{
	return memcmp(&a->dip, &b->dip, sizeof(a->dip)) != 0 ||
	       (a->mains.limit_ma == 0) != (b->mains.limit_ma == 0) ||
	       (a->charger.output == OUTPUT_NONE) != (b->charger.output == OUTPUT_NONE);
}

/* The new parts first, so that without memory the old ones go on. */
static int apply(struct manager *m, const struct config *config)
{
	bool new_dip = dip_differs(config, &m->config);
	struct output *output = NULL;
	struct meter *meter = NULL;
	struct dip *dip = NULL;
	int r = 0;

	if (memcmp(&config->meter, &m->config.meter, sizeof(config->meter)) != 0)
		r = meter_new(&meter, &config->meter);
	if (r == 0 && output_differs(config, &m->config))
		r = output_new(&output, config);
	if (r == 0 && new_dip)
		r = manager_dip_new(&dip, config);
	if (r < 0) {
		meter_free(meter);
		output_free(output);
		return r;
	}

	if (output) {
		(void)control_stop(m, 0); /* nobody regulates it from now on */
		m->output_io = sd_event_source_disable_unref(m->output_io);
		output_free(m->output);
		m->output = output;
		m->output_failed = false;
		m->output_standing = false;
	}
	if (meter) {
		meter_free(m->meter);
		m->meter = meter;
		report_forget_meter(m);
	}
	if (new_dip) {
		m->limit_before_ma = control_limit_ma(m);
		m->dip_io = sd_event_source_disable_unref(m->dip_io);
		dip_free(m->dip);
		m->dip = dip;
	}
	if (strcmp(m->config.indicator.fault_led, config->indicator.fault_led) != 0)
		m->led_known = LED_UNKNOWN;
	m->config = *config;
	if (output)
		report_new_output(m);
	m->told_export = false;
	control_configure(m);
	report_cap_by_rating(m);
	if (control_is_unconfigured(m))
		control_start(m);
	reload_store(m);
	manager_cycle(m, NULL);
	manager_wake_all(m);
	return 0;
}

void reload_config(struct manager *m)
{
	struct config config;
	int r = config_load(m->path, &config, manager_config_sink());

	if (r == 0)
		r = apply(m, &config);
	if (r < 0)
		log_event(EVENT_CONFIG_REJECTED, LOG_ERR, NULL,
			"The configuration %s was not taken over: the one before stays in force. "
			"Correct what is named above, and reload again",
			m->path);
	else
		log_event(EVENT_CONFIG_RELOADED, LOG_NOTICE, NULL,
			"The configuration %s was read again and is in force", m->path);
}
