/* SPDX-License-Identifier: MIT */
#include "core/dip.h"

/* Installation guide, table 2; 0 is "Power Optimizer Disabled". */
static const int32_t limits_ma[DIP_SETTINGS] = {0, 16000, 20000, 25000, 32000, 40000, 63000, 80000};

int dip_setting(const bool on[DIP_SWITCHES])
{
	return on[0] << 2 | on[1] << 1 | on[2];
}

void dip_switches(int setting, bool ret_on[DIP_SWITCHES])
{
	for (int i = 0; i < DIP_SWITCHES; i++)
		ret_on[i] = setting != DIP_NONE && (setting >> (DIP_SWITCHES - 1 - i) & 1);
}

int32_t dip_limit_ma(int setting)
{
	return limits_ma[setting];
}

/* Whether one setting lets the house draw more than another. */
static bool is_higher(int setting, int than)
{
	if (setting == DIP_ALL_OFF || than == DIP_ALL_OFF)
		return than != DIP_ALL_OFF;
	return limits_ma[setting] > limits_ma[than];
}

void dip_filter_init(struct dip_filter *filter)
{
	*filter = (struct dip_filter){
		.in_force = DIP_NONE,
		.reference = DIP_NONE,
		.seen = DIP_NONE,
	};
}

void dip_filter_lost(struct dip_filter *filter)
{
	filter->in_force = DIP_NONE;
	filter->loose = false;
	filter->seen = DIP_NONE;
}

static bool seen_is_fault(const struct dip_filter *filter, const struct dip_filter_config *config)
{
	return filter->seen == DIP_ALL_OFF && config->all_off_is_fault;
}

int64_t dip_filter_deadline_ms(
	const struct dip_filter *filter, const struct dip_filter_config *config)
{
	bool fault = seen_is_fault(filter, config);

	if (filter->seen == DIP_NONE || (fault ? filter->loose : filter->seen == filter->in_force))
		return INT64_MAX;
	if (!fault && filter->reference != DIP_NONE && is_higher(filter->seen, filter->reference))
		return filter->since_ms + DIP_RAISE_MS;
	return filter->since_ms + config->debounce_ms;
}

bool dip_filter_step(struct dip_filter *filter, const struct dip_filter_config *config, int setting,
	int64_t now_ms)
{
	if (setting != filter->seen || now_ms - filter->looked_ms > DIP_GAP_MS) {
		filter->seen = setting;
		filter->since_ms = now_ms;
	}
	filter->looked_ms = now_ms;
	if (now_ms < dip_filter_deadline_ms(filter, config))
		return false;

	filter->loose = seen_is_fault(filter, config);
	filter->in_force = filter->loose ? DIP_NONE : setting;
	if (!filter->loose)
		filter->reference = setting;
	return true;
}
