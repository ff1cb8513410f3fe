/* SPDX-License-Identifier: MIT */
/*
 * What configuration values say together: contradictions, and settings that deserve a look.
 * A complaint stands at a key that somebody set; of several, at the first named here.
 */
#include "config/config_private.h"

#include <assert.h>

/* A whole pilot frequency, IEC 61851-1 table A.1. */
#define PILOT_HZ 1000

static const struct config_origin *origin_of(
	const struct config_draft *draft, const struct config_key *key)
{
	return &draft->origins[config_key_index(key)];
}

/* Whether the value of a key can be argued with: what was rejected is reported already. */
static bool usable(const struct config_draft *draft, const struct config_key *key)
{
	return !origin_of(draft, key)->bad;
}

static bool is_set(const struct config_draft *draft, const struct config_key *key)
{
	return origin_of(draft, key)->place.file != NULL;
}

/* "name = value (default)" or "name = value (FILE:LINE)". */
static char *describe(
	const struct config_draft *draft, const struct config_key *key, char *buf, size_t size)
{
	const struct config_place *place = &origin_of(draft, key)->place;
	char value[CONFIG_TEXT_MAX], echo[CONFIG_ECHO_MAX], file[CONFIG_NAME_MAX];

	config_key_format(key, &draft->config, value, sizeof(value));
	text_echo(value, echo, sizeof(echo));
	if (place->file)
		snprintf(buf, size, "%s = %s (%s:%d)", key->name, echo,
			text_echo(place->file, file, sizeof(file)), place->line);
	else
		snprintf(buf, size, "%s = %s (default)", key->name, echo);
	return buf;
}

#define DESCRIPTION_MAX (CONFIG_NAME_MAX + CONFIG_ECHO_MAX + 64)

/* "key: VALUE does not fit, allowed: RELATION other = ..."; or the inverse if key is not set. */
static void contradict(struct config_draft *draft, const struct config_key *key,
	const char *relation, const struct config_key *other, const char *inverse)
{
	char value[CONFIG_TEXT_MAX], echo[CONFIG_ECHO_MAX], description[DESCRIPTION_MAX];
	bool swap = !is_set(draft, key);
	const struct config_key *at = swap ? other : key;

	config_key_format(at, &draft->config, value, sizeof(value));
	config_error(&draft->report, &origin_of(draft, at)->place, at->section, at->name,
		"%s does not fit, allowed: %s %s", text_echo(value, echo, sizeof(echo)),
		swap ? inverse : relation,
		describe(draft, swap ? key : other, description, sizeof(description)));
}

static void check_currents(struct config_draft *draft)
{
	const struct config *c = &draft->config;
	const struct config_key *limit = CONFIG_KEY(mains.limit_ma);
	const struct config_key *margin = CONFIG_KEY(mains.margin_ma);
	const struct config_key *min = CONFIG_KEY(charger.min_ma);
	const struct config_key *max = CONFIG_KEY(charger.max_ma);
	const struct config_key *failsafe = CONFIG_KEY(charger.failsafe_ma);
	bool limit_known = usable(draft, limit) && usable(draft, margin) && c->mains.limit_ma > 0;

	if (usable(draft, min) && usable(draft, max) && c->charger.min_ma > c->charger.max_ma)
		contradict(draft, min, "at most", max, "at least");

	if (usable(draft, failsafe) && c->charger.failsafe_ma > 0) {
		if (usable(draft, min) && c->charger.failsafe_ma < c->charger.min_ma)
			contradict(draft, failsafe, "0, or at least", min, "at most");
		if (usable(draft, max) && c->charger.failsafe_ma > c->charger.max_ma)
			contradict(draft, failsafe, "at most", max, "at least");
	}

	if (limit_known && c->mains.margin_ma >= c->mains.limit_ma)
		contradict(draft, margin, "below", limit, "above");
	else if (limit_known && usable(draft, min) &&
		 c->mains.limit_ma - c->mains.margin_ma <
			 c->charger.min_ma + c->regulator.resume_margin_ma)
		config_warning(&draft->report, &origin_of(draft, limit)->place, limit->section,
			limit->name,
			"limit less margin is below min_current plus resume_margin, so the car can "
			"never charge");
}

static void check_times(struct config_draft *draft)
{
	const struct meter_config *meter = &draft->config.meter;
	const struct config_key *keys[] = {
		CONFIG_KEY(meter.lost_after_ms),
		CONFIG_KEY(meter.poll_interval_ms),
		CONFIG_KEY(meter.response_timeout_ms),
	};
	char text[3][DESCRIPTION_MAX];
	const struct config_key *at = NULL;

	for (size_t i = 0; i < 3; i++) {
		if (!usable(draft, keys[i]))
			return;
		if (!at && is_set(draft, keys[i]))
			at = keys[i];
		describe(draft, keys[i], text[i], sizeof(text[i]));
	}
	if (meter->lost_after_ms > meter->poll_interval_ms + meter->response_timeout_ms)
		return;
	assert(at); /* the defaults fit */
	config_error(&draft->report, &origin_of(draft, at)->place, at->section, at->name,
		"one late answer would be a fault, allowed: %s above %s and %s together", text[0],
		text[1], text[2]);
}

static void check_pwm(struct config_draft *draft)
{
	const struct pwm_config *pwm = &draft->config.pwm;
	const struct config_key *mapping = CONFIG_KEY(pwm.mapping);
	const struct config_key *pause = CONFIG_KEY(pwm.pause);
	const struct config_key *frequency = CONFIG_KEY(pwm.frequency_hz);
	char description[DESCRIPTION_MAX];

	if (!usable(draft, mapping))
		return;
	if (pwm->mapping == PWM_MAPPING_LINEAR) {
		if (is_set(draft, pause))
			config_error(&draft->report, &origin_of(draft, pause)->place,
				pause->section, pause->name,
				"only for mapping = iec61851, not together with %s: remove one "
				"of the two",
				describe(draft, mapping, description, sizeof(description)));
		return;
	}
	if (usable(draft, pause) && pwm->pause == PWM_PAUSE_LOW)
		config_warning(&draft->report, &origin_of(draft, pause)->place, pause->section,
			pause->name,
			"low is a static -12 V (state F), which many cars take as an error of "
			"the charger; high is the usual pause");
	if (usable(draft, frequency) && pwm->frequency_hz != PILOT_HZ)
		config_warning(&draft->report, &origin_of(draft, frequency)->place,
			frequency->section, frequency->name,
			"%d Hz is no control pilot, which needs %d Hz", pwm->frequency_hz,
			PILOT_HZ);
}

static void check_can(struct config_draft *draft)
{
	const struct config_key *command = CONFIG_KEY(can.command_id);
	const struct config_key *status = CONFIG_KEY(can.status_id);

	if (usable(draft, command) && usable(draft, status) &&
		draft->config.can.command_id == draft->config.can.status_id)
		contradict(draft, status, "different from", command, "different from");
}

/* A charger on a phase that is not measured could trip the switch unseen. */
static void check_phases(struct config_draft *draft)
{
	const struct phase_map *map = &draft->config.charger.phases;
	const struct config_key *phases = CONFIG_KEY(charger.phases);
	const struct config_key *model = CONFIG_KEY(meter.model);
	char description[DESCRIPTION_MAX];

	if (!usable(draft, phases) || !usable(draft, model) ||
		draft->config.meter.model != METER_MODEL_KLEFR_6924)
		return;
	if (map->count == 0 || (map->count == 1 && map->mains[0] == 0))
		return;
	config_error(&draft->report, &origin_of(draft, phases)->place, phases->section,
		phases->name, "a one-phase meter measures L1 alone, allowed: auto or L1 with %s",
		describe(draft, model, description, sizeof(description)));
}

static void check_output(struct config_draft *draft)
{
	const struct config_key *output = CONFIG_KEY(charger.output);

	if (usable(draft, output) && usable(draft, CONFIG_KEY(sysfs.path)) &&
		draft->config.charger.output == OUTPUT_SYSFS && draft->config.sysfs.path[0] == '\0')
		config_error(&draft->report, &origin_of(draft, output)->place, output->section,
			output->name, "sysfs needs to know the file, allowed: with [sysfs] path");
}

void config_check(struct config_draft *draft)
{
	check_currents(draft);
	check_times(draft);
	check_output(draft);
	check_phases(draft);
	check_pwm(draft);
	check_can(draft);
}
