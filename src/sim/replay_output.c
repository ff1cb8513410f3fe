/* SPDX-License-Identifier: MIT */
#include "sim/replay_output.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>

#include "core/fault.h"
#include "core/quantity.h"

void replay_csv_row(FILE *stream, const struct replay_second *second)
{
	const double *house = second->house_a, *total = second->total_a;

	fprintf(stream, "%.12g,%.3f,%.3f,%.3f,%.3f,%.3f,%.3f,%.3f,%.3f,%s\n", second->t_s, house[0],
		house[1], house[2], second->drawn_a, total[0], total[1], total[2],
		second->offered_a, regulator_state_name(second->state));
}

/* Nobody needs more than thousandths. */
static double rounded(double value)
{
	return round(value * 1000) / 1000;
}

int replay_json(FILE *stream, const struct tally *tally)
{
	json_t *object = json_pack("{s:I, s:I, s:f, s:f, s:f, s:f, s:i, s:i}", "over_s",
		(json_int_t)tally->over_s, "longest_s", (json_int_t)tally->longest_s, "max_A",
		rounded(tally->excess_a), "I2t", rounded(tally->heat), "EV_Ah",
		rounded(tally->car_ah), "optimum_Ah", rounded(tally->optimum_ah), "pauses",
		tally->pauses, "setpoint_changes", tally->changes);
	int r = object ? json_dumpf(object, stream, JSON_REAL_PRECISION(12)) : -1;

	json_decref(object);
	return r == 0 && fputc('\n', stream) != EOF ? 0 : -EIO;
}

static double percent_of_optimum(const struct tally *tally)
{
	return tally->optimum_ah > 0 ? 100 * tally->car_ah / tally->optimum_ah : 100;
}

static void duration_print(FILE *stream, int64_t seconds)
{
	fprintf(stream, "%lld:%02lld:%02lld", (long long)seconds / 3600,
		(long long)seconds / 60 % 60, (long long)seconds % 60);
}

static void states_print(FILE *stream, const struct replay_result *result)
{
	const char *separator = "  ";

	fprintf(stream, "The regulator\n");
	for (int state = 0; state < REPLAY_STATES; state++) {
		if (result->state_s[state] == 0)
			continue;
		fprintf(stream, "%s%s ", separator,
			regulator_state_name((enum regulator_state)state));
		duration_print(stream, result->state_s[state]);
		separator = ", ";
	}
	fprintf(stream, "\n  faults                     ");
	if (result->faults == 0)
		fprintf(stream, "none");
	separator = "";
	for (int fault = 0; fault < FAULT_COUNT; fault++) {
		if (!(result->faults & FAULT_BIT(fault)))
			continue;
		fprintf(stream, "%s%s", separator, fault_name((enum fault)fault));
		separator = ", ";
	}
	fprintf(stream, "\n");
}

void replay_summary(FILE *stream, const char *name, const struct replay_setup *setup,
	const struct replay_result *result)
{
	const struct tally *tally = &result->tally;
	char lag[32], above[32];

	fprintf(stream, "%s, ", name);
	duration_print(stream, result->seconds);
	fprintf(stream, ", %s, meter %s late%s\n",
		setup->phases == 1 ? "one phase" : "three phases",
		timespan_format(setup->lag_ms, lag, sizeof(lag)),
		setup->feedback ? ", with feedback" : "");
	fprintf(stream, "The main switch (%g A)\n", tally->limit_a);
	snprintf(above, sizeof(above), "above %.1f A", tally->limit_a + TALLY_OVER_A);
	fprintf(stream, "  %-26s %.0f s, at most %.0f s at a time\n", above, tally->over_s,
		tally->longest_s);
	fprintf(stream, "  by the house alone         %.0f s\n", tally->house_over_s);
	fprintf(stream, "  worst excess               %.1f A\n", tally->excess_a);
	fprintf(stream, "  breaker heat               %.2f of the %.1f at which it may trip\n",
		tally->heat, TALLY_HEAT_TRIP);
	fprintf(stream, "The car ('%s', charger %g A)\n", setup->car->name,
		setup->regulator.max_ma / 1000.0);
	fprintf(stream, "  charged                    %.1f Ah on each phase\n", tally->car_ah);
	fprintf(stream, "  of the optimum             %.1f %% (%.1f Ah)\n",
		percent_of_optimum(tally), tally->optimum_ah);
	fprintf(stream, "  pauses                     %d\n", tally->pauses);
	fprintf(stream, "  changes of the offer       %d\n", tally->changes);
	states_print(stream, result);
}

char *replay_caption(const struct tally *tally, char buf[256])
{
	snprintf(buf, 256,
		"overloaded %.0f s, at most %.0f s at a time, by up to %.1f A · heat %.2f of %.1f · "
		"charged %.1f Ah, %.1f %% of the optimum · pauses %d · changes %d",
		tally->over_s, tally->longest_s, tally->excess_a, tally->heat, TALLY_HEAT_TRIP,
		tally->car_ah, percent_of_optimum(tally), tally->pauses, tally->changes);
	return buf;
}
