/* SPDX-License-Identifier: MIT */
/*
 * Keys and values: what a configuration file means, and how it is written again.
 */
#include "config_fixture.h"
#include "core/quantity.h"

static struct random rng;

static void every_key_has_its_default(void **state)
{
	struct fixture *f = *state;
	struct config c;

	config_defaults(&c);
	assert_int_equal(c.mains.limit_ma, 0);
	assert_int_equal(c.mains.margin_ma, 200);
	assert_false(c.mains.export_is_room);
	assert_string_equal(c.dip.chip, "gpiochip0");
	assert_string_equal(c.dip.lines[0], "4");
	assert_string_equal(c.dip.lines[2], "6");
	assert_true(c.dip.active_low);
	assert_int_equal(c.dip.bias, DIP_BIAS_PULL_UP);
	assert_int_equal(c.dip.debounce_ms, 50);
	assert_int_equal(c.meter.baud_rate, 9600);
	assert_int_equal(c.meter.parity, SERIAL_PARITY_EVEN);
	assert_int_equal(c.meter.lost_after_ms, 5000);
	assert_int_equal(c.charger.output, OUTPUT_NONE);
	assert_int_equal(c.charger.min_ma, 6000);
	assert_int_equal(c.charger.max_ma, 32000);
	assert_int_equal(c.charger.phases.count, 0);
	assert_int_equal(c.charger.failsafe_ma, 0);
	assert_int_equal(c.pwm.frequency_hz, 1000);
	assert_int_equal(c.can.command_id, 0x210);
	assert_int_equal(c.can.status_id, 0x211);
	assert_string_equal(c.sysfs.path, "");
	assert_int_equal(c.sysfs.unit, SYSFS_UNIT_MA);
	assert_int_equal(c.regulator.resume_delay_ms, 60000);
	assert_int_equal(c.regulator.resume_margin_ma, 1500);

	assert_good(f, "");
	assert_memory_equal(&f->config, &c, sizeof(c));
	assert_int_equal(f->warnings, 0);
}

static void every_key_can_be_set(void **state)
{
	struct fixture *f = *state;
	const struct config *c = &f->config;

	assert_good(f, "[mains]\nlimit=25\nmargin = 0.5\nexport = yes\n"
		       "[dip]\nchip = /dev/gpiochip1\nlines = S4 S5\t17\nactive_low = off\n"
		       "bias = as-is\ndebounce = 0\nall_off = fault\n"
		       "[meter]\ndevice = /dev/ttyAMA0\nmodel = klefr-6934\nunit = 247\n"
		       "baud_rate = 115200\nparity = none\nstop_bits = 2\nrs485 = kernel\n"
		       "poll_interval = 0\nresponse_timeout = 10ms\nlost_after = 500ms\n"
		       "error_register = report\n"
		       "[charger]\noutput = pwm\nmin_current = 8\nmax_current = 80\n"
		       "phases = L3 L1 L2\nfailsafe_current = 8\n");
	assert_int_equal(c->mains.limit_ma, 25000);
	assert_int_equal(c->mains.margin_ma, 500);
	assert_true(c->mains.export_is_room);
	assert_string_equal(c->dip.chip, "/dev/gpiochip1");
	assert_string_equal(c->dip.lines[0], "S4");
	assert_string_equal(c->dip.lines[1], "S5");
	assert_string_equal(c->dip.lines[2], "17");
	assert_false(c->dip.active_low);
	assert_int_equal(c->dip.bias, DIP_BIAS_AS_IS);
	assert_int_equal(c->dip.debounce_ms, 0);
	assert_int_equal(c->dip.all_off, DIP_ALL_OFF_FAULT);
	assert_string_equal(c->meter.device, "/dev/ttyAMA0");
	assert_int_equal(c->meter.model, METER_MODEL_KLEFR_6934);
	assert_int_equal(c->meter.unit, 247);
	assert_int_equal(c->meter.baud_rate, 115200);
	assert_int_equal(c->meter.parity, SERIAL_PARITY_NONE);
	assert_int_equal(c->meter.stop_bits, 2);
	assert_int_equal(c->meter.rs485, SERIAL_RS485_KERNEL);
	assert_int_equal(c->meter.poll_interval_ms, 0);
	assert_int_equal(c->meter.response_timeout_ms, 10);
	assert_int_equal(c->meter.lost_after_ms, 500);
	assert_int_equal(c->meter.error_register, ERROR_REGISTER_REPORT);
	assert_int_equal(c->charger.min_ma, 8000);
	assert_int_equal(c->charger.max_ma, 80000);
	assert_int_equal(c->charger.phases.count, 3);
	assert_int_equal(c->charger.phases.mains[0], 2);
	assert_int_equal(c->charger.phases.mains[1], 0);
	assert_int_equal(c->charger.phases.mains[2], 1);
	assert_int_equal(c->charger.failsafe_ma, 8000);
	assert_int_equal(c->charger.output, OUTPUT_PWM);

	assert_good(f, "[charger]\noutput = sysfs\nphases = L2\n"
		       "[pwm]\nchip = /sys/devices/platform/soc/*.pwm/pwm/pwmchip*\nchannel = 255\n"
		       "frequency = 100000\nmapping = linear\npolarity = inversed\n"
		       "[can]\ninterface = vcan0\ncommand_id = 0x7FF\nstatus_id = none\n"
		       "period = 450ms\n"
		       "[sysfs]\npath = /sys/devices/x y/limit\nunit = uA\n"
		       "[indicator]\nfault_led = /sys/class/leds/red\n"
		       "[regulator]\nsettle = 12s\nraise_delay = 1min 30s\npause_delay = 0s\n"
		       "resume_delay = 0.5\nresume_margin = 0\nrecover_delay = 10min\n");
	assert_int_equal(c->charger.output, OUTPUT_SYSFS);
	assert_int_equal(c->charger.phases.count, 1);
	assert_int_equal(c->charger.phases.mains[0], 1);
	assert_string_equal(c->pwm.chip, "/sys/devices/platform/soc/*.pwm/pwm/pwmchip*");
	assert_int_equal(c->pwm.channel, 255);
	assert_int_equal(c->pwm.frequency_hz, 100000);
	assert_int_equal(c->pwm.mapping, PWM_MAPPING_LINEAR);
	assert_int_equal(c->pwm.polarity, PWM_POLARITY_INVERSED);
	assert_int_equal(c->pwm.pause, PWM_PAUSE_HIGH);
	assert_string_equal(c->can.interface, "vcan0");
	assert_int_equal(c->can.command_id, 0x7ff);
	assert_int_equal(c->can.status_id, CAN_ID_NONE);
	assert_int_equal(c->can.period_ms, 450);
	assert_string_equal(c->sysfs.path, "/sys/devices/x y/limit");
	assert_int_equal(c->sysfs.unit, SYSFS_UNIT_UA);
	assert_string_equal(c->indicator.fault_led, "/sys/class/leds/red");
	assert_int_equal(c->regulator.settle_ms, 12000);
	assert_int_equal(c->regulator.raise_delay_ms, 90000);
	assert_int_equal(c->regulator.pause_delay_ms, 0);
	assert_int_equal(c->regulator.resume_delay_ms, 500);
	assert_int_equal(c->regulator.resume_margin_ma, 0);
	assert_int_equal(c->regulator.recover_delay_ms, 600000);
	assert_int_equal(f->warnings, 0);
}

static void comments_blanks_and_foreign_line_ends_do_not_matter(void **state)
{
	struct fixture *f = *state;

	assert_good(f, "\xef\xbb\xbf# comment \xc3\xa4\r\n\r\n  ; indented\r\n \t \r\n"
		       "[mains] # the switch\r\nlimit\t=  25\t; B25\r\nmargin=1   #x\r\n"
		       "[dip]\nchip = a;b#c\n[mains]\nexport = 1");
	assert_int_equal(f->config.mains.limit_ma, 25000);
	assert_int_equal(f->config.mains.margin_ma, 1000);
	assert_true(f->config.mains.export_is_room);
	assert_string_equal(f->config.dip.chip, "a;b#c");
}

static void print_to(const struct config *config, char *text, size_t size)
{
	FILE *stream = fmemopen(text, size, "w");

	assert_non_null(stream);
	config_print(config, stream);
	assert_int_equal(fclose(stream), 0);
}

static void what_is_printed_loads_the_same(void **state)
{
	struct fixture *f = *state;
	struct config before;
	char text[16384];

	assert_good(f, "[pwm]\nmapping = linear\n[dip]\nlines = a b-1 \xc3\xa4\n");
	before = f->config;
	print_to(&before, text, sizeof(text));
	assert_non_null(strstr(text, "\n[charger]\noutput = none\nmin_current = 6\n"));
	assert_non_null(strstr(text, "\n#pause = high\n"));
	assert_good(f, text);
	assert_memory_equal(&f->config, &before, sizeof(before));
}

/* A value that the key takes, in any spelling. */
static void random_value(const struct config_key *key, char *text, size_t size)
{
	static const char *const phases[] = {"auto", "L1", "L2", "L3 L2", "L3 L1 L2"};
	static const char *const bools[] = {"yes", "no", "true", "false", "on", "off", "1", "0"};
	size_t count = 0, len;
	char number[32];

	if (random_chance(&rng, 20) && key->type == CONFIG_LIMIT) {
		snprintf(text, size, "dip");
		return;
	}
	if (random_chance(&rng, 20) && key->type == CONFIG_CAN_ID_OR_NONE) {
		snprintf(text, size, "none");
		return;
	}
	switch (key->type) {
	case CONFIG_AMPS:
	case CONFIG_LIMIT:
		amps_format((int32_t)random_between(&rng, key->min, key->max), text, size);
		return;
	case CONFIG_TIMESPAN:
		timespan_format(random_between(&rng, key->min, key->max), text, size);
		return;
	case CONFIG_INTEGER:
		snprintf(text, size, "%d", (int)random_between(&rng, key->min, key->max));
		return;
	case CONFIG_CAN_ID:
	case CONFIG_CAN_ID_OR_NONE:
		snprintf(number, sizeof(number), random_chance(&rng, 50) ? "0x%x" : "%u",
			(unsigned int)random_between(&rng, key->min, key->max));
		snprintf(text, size, "%s", number);
		return;
	case CONFIG_INTEGER_OF:
	case CONFIG_ENUM:
		while (key->values[count])
			count++;
		snprintf(
			text, size, "%s", key->values[random_between(&rng, 0, (int64_t)count - 1)]);
		return;
	case CONFIG_BOOL:
		snprintf(text, size, "%s", bools[random_between(&rng, 0, 7)]);
		return;
	case CONFIG_PHASES:
		snprintf(text, size, "%s", phases[random_between(&rng, 0, 4)]);
		return;
	case CONFIG_DIP_LINES:
		snprintf(text, size, "GPIO%d  %d\tSW-6", (int)random_between(&rng, 0, 99),
			(int)random_between(&rng, 0, 99));
		return;
	case CONFIG_TEXT:
	case CONFIG_PATH:
	case CONFIG_PATH_OR_NOTHING:
		len = (size_t)random_between(&rng, 1, key->max > 0 ? key->max : CONFIG_VALUE_MAX);
		for (size_t i = 0; i < len; i++)
			text[i] = (char)random_between(&rng, '$', '~'); /* no blank, no # */
		text[len] = '\0';
		text[0] = key->type == CONFIG_TEXT ? 'x' : '/';
		return;
	}
	fail();
}

static void random_configurations_survive_print_and_load(void **state)
{
	struct fixture *f = *state;
	int loaded = 0;

	for (int i = 0; i < 1500; i++) {
		const struct config_key *key;
		struct config before;
		char text[16384];
		size_t len = 0;

		for (size_t k = 0; (key = config_key_at(k)); k++) {
			char value[CONFIG_TEXT_MAX];

			if (!random_chance(&rng, 30))
				continue;
			random_value(key, value, sizeof(value));
			len += (size_t)snprintf(text + len, sizeof(text) - len, "[%s]\n%s=%s\n",
				key->section, key->name, value);
		}
		text[len] = '\0';
		if (load(f, text) != 0)
			continue; /* contradictions */
		loaded++;
		before = f->config;
		print_to(&before, text, sizeof(text));
		assert_good(f, text);
		assert_memory_equal(&f->config, &before, sizeof(before));
	}
	assert_true(loaded > 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_has_its_default),
		cmocka_unit_test(every_key_can_be_set),
		cmocka_unit_test(comments_blanks_and_foreign_line_ends_do_not_matter),
		cmocka_unit_test(what_is_printed_loads_the_same),
		cmocka_unit_test(random_configurations_survive_print_and_load),
	};

	rng.state = random_seed();
	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
