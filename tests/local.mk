# SPDX-License-Identifier: MIT
#
# Adding a test is adding a file and its name here; each links the smallest library that it tests: its _LDADD,
# if that is not core. One that is a single file needs no _SOURCES; the headers of such are distributed below.
# Exit 77 is a skip and says why. Nothing here needs root or sleeps.

# Run by hand or by CI, as root: a virtual machine with the kernel's own GPIO, PWM, CAN and serial.
EXTRA_DIST += tests/system doc/commissioning.md tests/unit/test_can_dbc.py tests/unit/test_can_dbc.sh
EXTRA_DIST += tests/unit/test_sim_replay_command.sh
EXTRA_DIST += tests/unit/test_catalog.sh
EXTRA_DIST += tests/unit/test_install.sh
EXTRA_DIST += tests/e2e/test_ctl_completion.sh
EXTRA_DIST += tests/e2e/test_history.sh
EXTRA_DIST += tests/unit/test_unit_file.sh
EXTRA_DIST += tests/unit/test_examples.sh
EXTRA_DIST += tests/support.h tests/sanitized.h tests/unit/config_fixture.h tests/unit/law_site.h \
	tests/unit/meter_rig.h tests/unit/output_fixture.h tests/unit/sim_directory.h \
	tests/unit/sim_process.h tests/unit/usual_config.h

if HAVE_CMOCKA

PROGRAM_TESTS = $(CORE_TESTS) $(CONFIG_TESTS) $(DIP_TESTS) $(METER_TESTS) $(OUTPUT_TESTS) \
	$(APP_TESTS) $(SIM_TESTS) $(CTL_TESTS) $(FUZZ_TESTS) $(E2E_TESTS)
check_PROGRAMS = $(PROGRAM_TESTS) $(TEST_HELPERS)
TESTS = $(PROGRAM_TESTS) $(SCRIPT_TESTS)

# What every test needs does the programs no harm. So the defaults serve all, and what several tests share is
# compiled once, not once for each. The two trees are there to find files in.
AM_CPPFLAGS += -I$(srcdir)/tests \
	-DTEST_SRCDIR='"$(abs_srcdir)"' -DTEST_BUILDDIR='"$(abs_builddir)"'
AM_CFLAGS += $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS) $(SYSTEMD_CFLAGS)
LDADD = libpoweropt-core.la $(CMOCKA_LIBS)

CORE_TESTS =
CONFIG_TESTS =
DIP_TESTS =
METER_TESTS =
OUTPUT_TESTS =
APP_TESTS =
SIM_TESTS =
CTL_TESTS =
FUZZ_TESTS =
E2E_TESTS =
SCRIPT_TESTS =
TEST_HELPERS =

CORE_TESTS += tests/property/test_regulator
tests_property_test_regulator_SOURCES = tests/property/test_regulator.c \
	tests/property/invariants.c tests/property/invariants.h tests/support.h

CORE_TESTS += tests/unit/test_klefr
tests_unit_test_klefr_LDADD = libpoweropt-core.la $(CMOCKA_LIBS) -lm

CORE_TESTS += tests/unit/test_witness
CORE_TESTS += tests/unit/test_corners
CORE_TESTS += tests/unit/test_draw
CORE_TESTS += tests/unit/test_runaway
CORE_TESTS += tests/unit/test_law
CORE_TESTS += tests/unit/test_boundaries
CORE_TESTS += tests/unit/test_law_inputs
CORE_TESTS += tests/unit/test_dip

# Its functions come before those of the library, which are then not linked.
FAKE_LINES = tests/unit/fake_lines.c tests/unit/fake_lines.h

DIP_TESTS += tests/unit/test_dip_chip
tests_unit_test_dip_chip_SOURCES = tests/unit/test_dip_chip.c tests/support.h $(FAKE_LINES)
tests_unit_test_dip_chip_LDADD = libpoweropt-dip.la $(CMOCKA_LIBS)

DIP_TESTS += tests/unit/test_dip_driver
tests_unit_test_dip_driver_SOURCES = tests/unit/test_dip_driver.c tests/unit/dip_rig.h $(FAKE_LINES)
tests_unit_test_dip_driver_LDADD = libpoweropt-dip.la $(CMOCKA_LIBS)

DIP_TESTS += tests/unit/test_dip_faults
tests_unit_test_dip_faults_SOURCES = tests/unit/test_dip_faults.c tests/unit/dip_rig.h $(FAKE_LINES)
tests_unit_test_dip_faults_LDADD = libpoweropt-dip.la $(CMOCKA_LIBS)

if !GPIOD_API_2
DIP_TESTS += tests/unit/test_dip_gpiod1
endif
tests_unit_test_dip_gpiod1_CFLAGS = $(AM_CFLAGS) $(GPIOD_CFLAGS)
tests_unit_test_dip_gpiod1_LDADD = libpoweropt-dip.la $(CMOCKA_LIBS)

DIP_TESTS += tests/unit/test_dip_gpiod
tests_unit_test_dip_gpiod_LDADD = libpoweropt-dip.la $(CMOCKA_LIBS)

METER_TESTS += tests/unit/test_meter
tests_unit_test_meter_LDADD = libpoweropt-meter.la $(CMOCKA_LIBS)

METER_TESTS += tests/unit/test_meter_line
tests_unit_test_meter_line_LDADD = libpoweropt-meter.la $(CMOCKA_LIBS)

CORE_TESTS += tests/unit/test_pilot
CORE_TESTS += tests/unit/test_can_codec

# The codec against the DBC file, as a library of others reads it.
SCRIPT_TESTS += tests/unit/test_can_dbc.sh
TEST_HELPERS += tests/unit/can_codec_filter
tests_unit_can_codec_filter_LDADD = libpoweropt-core.la

CORE_TESTS += tests/unit/test_event

SCRIPT_TESTS += tests/unit/test_catalog.sh
SCRIPT_TESTS += tests/unit/test_install.sh

OUTPUT_TESTS += tests/unit/test_can_link
tests_unit_test_can_link_LDADD = libpoweropt-output.la $(CMOCKA_LIBS)

# A bus in place of can_link.c and can_socket.c, which are then not linked.
FAKE_CAN = tests/unit/fake_can.c tests/unit/fake_can.h tests/unit/can_fixture.h tests/support.h

# The simulated chip answers between the output library and its attributes. An optimizer that sees all of
# the program, as that of the package does, would leave no call there to be taken over.
FAKE_PWM = tests/unit/fake_pwm.c tests/unit/fake_pwm.h
WRAP_ATTRIBUTES = -fno-lto -Wl,--wrap=attribute_write,--wrap=attribute_read

OUTPUT_TESTS += tests/unit/test_output_can
tests_unit_test_output_can_SOURCES = tests/unit/test_output_can.c $(FAKE_CAN)
tests_unit_test_output_can_LDADD = libpoweropt-output.la $(CMOCKA_LIBS)

OUTPUT_TESTS += tests/unit/test_output_can_faults
tests_unit_test_output_can_faults_SOURCES = tests/unit/test_output_can_faults.c $(FAKE_CAN)
tests_unit_test_output_can_faults_LDADD = libpoweropt-output.la $(CMOCKA_LIBS)

# The kernel's CAN, for the socket itself.
WRAP_SOCKET = -Wl,--wrap=socket,--wrap=setsockopt,--wrap=bind,--wrap=send,--wrap=recv

OUTPUT_TESTS += tests/unit/test_can_socket
tests_unit_test_can_socket_LDFLAGS = $(AM_LDFLAGS) $(WRAP_SOCKET)
tests_unit_test_can_socket_LDADD = libpoweropt-output.la $(CMOCKA_LIBS)

OUTPUT_TESTS += tests/unit/test_output_pwm
tests_unit_test_output_pwm_SOURCES = tests/unit/test_output_pwm.c $(FAKE_PWM) \
	tests/unit/output_fixture.h
tests_unit_test_output_pwm_LDFLAGS = $(AM_LDFLAGS) $(WRAP_ATTRIBUTES)
tests_unit_test_output_pwm_LDADD = libpoweropt-output.la $(CMOCKA_LIBS)

OUTPUT_TESTS += tests/unit/test_output_pwm_faults
tests_unit_test_output_pwm_faults_SOURCES = tests/unit/test_output_pwm_faults.c $(FAKE_PWM) \
	tests/unit/output_fixture.h
tests_unit_test_output_pwm_faults_LDFLAGS = $(AM_LDFLAGS) $(WRAP_ATTRIBUTES)
tests_unit_test_output_pwm_faults_LDADD = libpoweropt-output.la $(CMOCKA_LIBS)

OUTPUT_TESTS += tests/unit/test_output_sysfs
tests_unit_test_output_sysfs_LDADD = libpoweropt-output.la $(CMOCKA_LIBS)

OUTPUT_TESTS += tests/unit/test_fault_led
tests_unit_test_fault_led_LDADD = libpoweropt-output.la $(CMOCKA_LIBS)

CORE_TESTS += tests/unit/test_quantity

CONFIG_TESTS += tests/unit/test_config
tests_unit_test_config_LDADD = libpoweropt-config.la $(CMOCKA_LIBS)

CONFIG_TESTS += tests/unit/test_config_documents
tests_unit_test_config_documents_LDADD = libpoweropt-config.la $(CMOCKA_LIBS)

CONFIG_TESTS += tests/unit/test_config_errors
tests_unit_test_config_errors_LDADD = libpoweropt-config.la $(CMOCKA_LIBS)

CONFIG_TESTS += tests/unit/test_config_files
tests_unit_test_config_files_LDADD = libpoweropt-config.la $(CMOCKA_LIBS)

SIM_TESTS += tests/unit/test_sim_appliance
tests_unit_test_sim_appliance_LDADD = libpoweropt-sim.la $(CMOCKA_LIBS)

SIM_TESTS += tests/property/test_closed_loop
tests_property_test_closed_loop_SOURCES = tests/property/test_closed_loop.c \
	tests/property/invariants.c tests/property/invariants.h tests/support.h
tests_property_test_closed_loop_LDADD = libpoweropt-sim.la $(CMOCKA_LIBS)

SIM_TESTS += tests/unit/test_sim_car
tests_unit_test_sim_car_LDADD = libpoweropt-sim.la $(CMOCKA_LIBS)

SIM_TESTS += tests/unit/test_sim_fault
tests_unit_test_sim_fault_LDADD = libpoweropt-sim.la $(CMOCKA_LIBS)

SIM_TESTS += tests/unit/test_sim_house
tests_unit_test_sim_house_LDADD = libpoweropt-sim.la $(CMOCKA_LIBS)

SIM_TESTS += tests/unit/test_sim_load
tests_unit_test_sim_load_LDADD = libpoweropt-sim.la $(CMOCKA_LIBS)

SIM_TESTS += tests/unit/test_sim_load_command
tests_unit_test_sim_load_command_LDADD = libpoweropt-sim.la $(CMOCKA_LIBS)

SIM_TESTS += tests/unit/test_sim_registers
tests_unit_test_sim_registers_LDADD = libpoweropt-sim.la $(CMOCKA_LIBS)

SIM_TESTS += tests/unit/test_sim_replay
tests_unit_test_sim_replay_LDADD = libpoweropt-sim.la $(CMOCKA_LIBS)

# The program: what it prints and writes, and how it complains.
SCRIPT_TESTS += tests/unit/test_sim_replay_command.sh

SIM_TESTS += tests/unit/test_sim_rtu
tests_unit_test_sim_rtu_LDADD = libpoweropt-sim.la $(CMOCKA_LIBS)

SIM_TESTS += tests/unit/test_sim_trace
tests_unit_test_sim_trace_LDADD = libpoweropt-sim.la $(CMOCKA_LIBS)

# Runs the program itself, with libmodbus as the other end of its line.
SIM_TESTS += tests/unit/test_sim_meter
tests_unit_test_sim_meter_CFLAGS = $(AM_CFLAGS) $(MODBUS_CFLAGS)
tests_unit_test_sim_meter_LDADD = $(MODBUS_LIBS) $(CMOCKA_LIBS)

SIM_TESTS += tests/unit/test_sim_usage
tests_unit_test_sim_usage_LDADD = $(CMOCKA_LIBS)

APP_TESTS += tests/unit/test_runtime
tests_unit_test_runtime_LDADD = libpoweropt-app.la $(CMOCKA_LIBS)

APP_TESTS += tests/unit/test_caps
tests_unit_test_caps_LDADD = libpoweropt-app.la $(CMOCKA_LIBS)

CTL_TESTS += tests/unit/test_ctl_format
tests_unit_test_ctl_format_LDADD = libpoweropt-ctl.la $(CMOCKA_LIBS)

CTL_TESTS += tests/unit/test_car_judge
tests_unit_test_car_judge_LDADD = libpoweropt-ctl.la $(CMOCKA_LIBS)

CTL_TESTS += tests/unit/test_history
tests_unit_test_history_LDADD = libpoweropt-ctl.la $(CMOCKA_LIBS)

WRAP_GLOB = -Wl,--wrap=access,--wrap=glob,--wrap=globfree,--wrap=glob64,--wrap=globfree64 \
	-Wl,--wrap=__glob64_time64,--wrap=__globfree64_time64

CTL_TESTS += tests/unit/test_history_journal
tests_unit_test_history_journal_LDFLAGS = $(AM_LDFLAGS) $(WRAP_GLOB)
tests_unit_test_history_journal_LDADD = libpoweropt-ctl.la $(CMOCKA_LIBS)

SCRIPT_TESTS += tests/e2e/test_history.sh

CTL_TESTS += tests/unit/test_scan
tests_unit_test_scan_LDADD = libpoweropt-ctl.la $(CMOCKA_LIBS)

CTL_TESTS += tests/unit/test_scan_report
tests_unit_test_scan_report_LDADD = libpoweropt-ctl.la $(CMOCKA_LIBS)

APP_TESTS += tests/unit/test_repeat
tests_unit_test_repeat_LDADD = libpoweropt-app.la $(CMOCKA_LIBS)

APP_TESTS += tests/unit/test_sentence
tests_unit_test_sentence_LDADD = libpoweropt-app.la $(CMOCKA_LIBS)

APP_TESTS += tests/unit/test_loop
tests_unit_test_loop_LDADD = libpoweropt-app.la $(CMOCKA_LIBS)

APP_TESTS += tests/unit/test_watchdog
tests_unit_test_watchdog_LDADD = libpoweropt-app.la $(CMOCKA_LIBS)

SCRIPT_TESTS += tests/unit/test_unit_file.sh

SCRIPT_TESTS += tests/unit/test_examples.sh

# Fuzz targets. Here they run on what is kept in tests/fuzz/corpus; "make fuzz TARGET=meter SECONDS=600"
# looks for more, in a tree of its own that clang builds, and "make fuzz-smoke" does so with each shortly.
EXTRA_DIST += tests/fuzz/run tests/fuzz/page.sh tests/fuzz/corpus doc/fuzzing.md
if FUZZING
FUZZ_MAIN = tests/fuzz/fuzz.h
LINK_FUZZER = $(AM_LDFLAGS) -fsanitize=fuzzer
else
FUZZ_MAIN = tests/fuzz/replay_main.c tests/fuzz/fuzz.h
LINK_FUZZER = $(AM_LDFLAGS)
endif

FUZZ_TESTS += tests/fuzz/fuzz_can
tests_fuzz_fuzz_can_SOURCES = tests/fuzz/fuzz_can.c $(FUZZ_MAIN)
tests_fuzz_fuzz_can_LDFLAGS = $(LINK_FUZZER)
tests_fuzz_fuzz_can_LDADD = libpoweropt-core.la

FUZZ_TESTS += tests/fuzz/fuzz_config
tests_fuzz_fuzz_config_SOURCES = tests/fuzz/fuzz_config.c $(FUZZ_MAIN)
tests_fuzz_fuzz_config_LDFLAGS = $(LINK_FUZZER)
tests_fuzz_fuzz_config_LDADD = libpoweropt-config.la

FUZZ_TESTS += tests/fuzz/fuzz_dbus
tests_fuzz_fuzz_dbus_SOURCES = tests/fuzz/fuzz_dbus.c $(FUZZ_MAIN)
tests_fuzz_fuzz_dbus_LDFLAGS = $(LINK_FUZZER)
tests_fuzz_fuzz_dbus_LDADD = libpoweropt-app.la

FUZZ_TESTS += tests/fuzz/fuzz_meter
tests_fuzz_fuzz_meter_SOURCES = tests/fuzz/fuzz_meter.c $(FUZZ_MAIN)
tests_fuzz_fuzz_meter_LDFLAGS = $(LINK_FUZZER)
tests_fuzz_fuzz_meter_LDADD = libpoweropt-meter.la libpoweropt-sim.la

FUZZ_TESTS += tests/fuzz/fuzz_quantity
tests_fuzz_fuzz_quantity_SOURCES = tests/fuzz/fuzz_quantity.c $(FUZZ_MAIN)
tests_fuzz_fuzz_quantity_LDFLAGS = $(LINK_FUZZER)
tests_fuzz_fuzz_quantity_LDADD = libpoweropt-core.la

FUZZ_TESTS += tests/fuzz/fuzz_runtime
tests_fuzz_fuzz_runtime_SOURCES = tests/fuzz/fuzz_runtime.c $(FUZZ_MAIN)
tests_fuzz_fuzz_runtime_LDFLAGS = $(LINK_FUZZER)
tests_fuzz_fuzz_runtime_LDADD = libpoweropt-app.la

FUZZ_TESTS += tests/fuzz/fuzz_trace
tests_fuzz_fuzz_trace_SOURCES = tests/fuzz/fuzz_trace.c $(FUZZ_MAIN)
tests_fuzz_fuzz_trace_LDFLAGS = $(LINK_FUZZER)
tests_fuzz_fuzz_trace_LDADD = libpoweropt-sim.la

SECONDS = 60
SMOKE_SECONDS = 8
fuzz:
	$(srcdir)/tests/fuzz/run --build=$(abs_builddir)/fuzz --seconds=$(SECONDS) $(TARGET)
fuzz-smoke:
	$(srcdir)/tests/fuzz/run --build=$(abs_builddir)/fuzz --seconds=$(SMOKE_SECONDS)

# The page of it, an hour for each target.
fuzz-page:
	$(srcdir)/tests/fuzz/run --build=$(abs_builddir)/fuzz --seconds=3600 >tests/fuzz/figures.tmp || \
		{ cat tests/fuzz/figures.tmp; exit 1; }
	$(SHELL) $(srcdir)/tests/fuzz/page.sh tests/fuzz/figures.tmp >tests/fuzz/page.tmp && \
		mv tests/fuzz/page.tmp $(srcdir)/doc/fuzzing.md
CLEANFILES += tests/fuzz/figures.tmp
.PHONY: fuzz fuzz-smoke fuzz-page

# After "make check" in a tree with --enable-coverage: what was run of each file, and whether it is enough.
EXTRA_DIST += tests/coverage tests/analyse tests/cppcheck.suppressions .clang-tidy SECURITY.md
coverage:
	$(srcdir)/tests/coverage $(abs_builddir)
.PHONY: coverage

# The real daemon and the real simulator, on a pty and a PWM chip of plain files.
check_LTLIBRARIES = libpoweropt-e2e.la
libpoweropt_e2e_la_LIBADD = $(CMOCKA_LIBS) $(SYSTEMD_LIBS)
libpoweropt_e2e_la_SOURCES = \
	tests/e2e/accounts.c \
	tests/e2e/bus.c tests/e2e/bus.h \
	tests/e2e/chips.c \
	tests/e2e/harness.c tests/e2e/harness.h tests/e2e/harness_private.h \
	tests/e2e/process.c tests/e2e/process.h \
	tests/e2e/programs.c \
	tests/e2e/screen.c tests/e2e/screen.h

E2E_TESTS += tests/e2e/test_bad_input
tests_e2e_test_bad_input_LDADD = libpoweropt-e2e.la

# The daemon, with switches that are a file.
TEST_HELPERS += tests/e2e/poweroptd_switches
tests_e2e_poweroptd_switches_SOURCES = src/poweroptd.c tests/e2e/file_lines.c
tests_e2e_poweroptd_switches_LDADD = libpoweropt-app.la

E2E_TESTS += tests/e2e/test_dbus
tests_e2e_test_dbus_LDADD = libpoweropt-e2e.la

E2E_TESTS += tests/e2e/test_dbus_busy
tests_e2e_test_dbus_busy_LDADD = libpoweropt-e2e.la

E2E_TESTS += tests/e2e/test_dbus_cap
tests_e2e_test_dbus_cap_LDADD = libpoweropt-e2e.la

E2E_TESTS += tests/e2e/test_dbus_changes
tests_e2e_test_dbus_changes_LDADD = libpoweropt-e2e.la

E2E_TESTS += tests/e2e/test_dbus_lost
tests_e2e_test_dbus_lost_LDADD = libpoweropt-e2e.la

E2E_TESTS += tests/e2e/test_failsafe
tests_e2e_test_failsafe_LDADD = libpoweropt-e2e.la

E2E_TESTS += tests/e2e/test_journal
tests_e2e_test_journal_LDADD = libpoweropt-e2e.la libpoweropt-core.la

E2E_TESTS += tests/e2e/test_line_faults
tests_e2e_test_line_faults_LDADD = libpoweropt-e2e.la

E2E_TESTS += tests/e2e/test_main_job
tests_e2e_test_main_job_LDADD = libpoweropt-e2e.la

E2E_TESTS += tests/e2e/test_reload
tests_e2e_test_reload_LDADD = libpoweropt-e2e.la

E2E_TESTS += tests/e2e/test_scan
tests_e2e_test_scan_LDADD = libpoweropt-e2e.la

E2E_TESTS += tests/e2e/test_start_stop
tests_e2e_test_start_stop_LDADD = libpoweropt-e2e.la

E2E_TESTS += tests/e2e/test_value_faults
tests_e2e_test_value_faults_LDADD = libpoweropt-e2e.la

# The fault matrix: one row a fault, each with the real daemon. poweroptd_edge is the daemon with the
# kernel's side of tty, attributes, CAN, journal, clock and memory in the hands of the test.
TEST_HELPERS += tests/faults/poweroptd_edge
tests_faults_poweroptd_edge_SOURCES = src/poweroptd.c tests/e2e/file_lines.c \
	tests/faults/edge.c tests/faults/edge.h
tests_faults_poweroptd_edge_LDFLAGS = $(AM_LDFLAGS) $(WRAP_ATTRIBUTES)
tests_faults_poweroptd_edge_LDADD = libpoweropt-app.la

E2E_TESTS += tests/faults/fault_matrix
FAULT_ROWS = \
	tests/faults/edge.h \
	tests/faults/matrix.h \
	tests/faults/page.c \
	tests/faults/rows_device.c \
	tests/faults/rows_output.c \
	tests/faults/rows_system.c \
	tests/faults/rows_value.c \
	tests/faults/rows_wire.c \
	tests/faults/trial.c
tests_faults_fault_matrix_SOURCES = tests/faults/matrix.c $(FAULT_ROWS)
tests_faults_fault_matrix_LDADD = libpoweropt-e2e.la
EXTRA_DIST += doc/faults.md tests/faults/page.sh

# The page with the measured times.
fault-matrix: all
	$(MAKE) tests/faults/fault_matrix tests/faults/poweroptd_edge
	$(SHELL) $(srcdir)/tests/faults/page.sh tests/faults/fault_matrix >tests/faults/page.tmp && \
		mv tests/faults/page.tmp $(srcdir)/doc/faults.md
	cat $(srcdir)/doc/faults.md
.PHONY: fault-matrix

# How well the regulator does, in figures: those in the list must not get worse.
SCRIPT_TESTS += tests/bench/check-control.sh
TEST_HELPERS += tests/bench/control
tests_bench_control_SOURCES = \
	tests/bench/cases.c tests/bench/cases.h \
	tests/bench/control.c \
	tests/bench/houses.c tests/bench/houses.h \
	tests/bench/list.c \
	tests/bench/page.c \
	tests/bench/table.h
tests_bench_control_CFLAGS = $(AM_CFLAGS) -ffp-contract=off
tests_bench_control_LDADD = libpoweropt-sim.la
EXTRA_DIST += doc/control-figures.md tests/bench/check-control.sh tests/bench/control.expected

# The page of all figures; further houses: make bench-control TRACES=DIRECTORY
bench-control: all tests/bench/control
	$(MKDIR_P) $(srcdir)/doc
	tests/bench/control page ./poweroptsim $(TRACES) >tests/bench/page.tmp && \
		mv tests/bench/page.tmp $(srcdir)/doc/control-figures.md
	cat $(srcdir)/doc/control-figures.md

# After a change of the regulator that is meant to change them.
update-control-figures: all tests/bench/control
	tests/bench/control list ./poweroptsim >tests/bench/list.tmp && \
		mv tests/bench/list.tmp $(srcdir)/tests/bench/control.expected
.PHONY: bench-control update-control-figures

# The page of a commissioning in the virtual machine, after a change of what is seen there.
update-transcript:
	$(srcdir)/tests/system/update-transcript
.PHONY: update-transcript

# poweroptctl, with a daemon on a private bus that says what the test wants.
TEST_HELPERS += tests/e2e/fake_optimizer
tests_e2e_fake_optimizer_LDADD = $(SYSTEMD_LIBS)

SCRIPT_TESTS += tests/e2e/test_ctl_completion.sh

CTL_RIG = tests/e2e/ctl_rig.c tests/e2e/ctl_rig.h

E2E_TESTS += tests/e2e/test_ctl_daemon
tests_e2e_test_ctl_daemon_SOURCES = tests/e2e/test_ctl_daemon.c $(CTL_RIG)
tests_e2e_test_ctl_daemon_LDADD = libpoweropt-e2e.la $(JANSSON_LIBS) $(SYSTEMD_LIBS)

E2E_TESTS += tests/e2e/test_ctl_status
tests_e2e_test_ctl_status_SOURCES = tests/e2e/test_ctl_status.c $(CTL_RIG)
tests_e2e_test_ctl_status_LDADD = libpoweropt-e2e.la $(JANSSON_LIBS)

E2E_TESTS += tests/e2e/test_ctl_verbs
tests_e2e_test_ctl_verbs_SOURCES = tests/e2e/test_ctl_verbs.c $(CTL_RIG)
tests_e2e_test_ctl_verbs_LDADD = libpoweropt-e2e.la

COMMISSION_SITE = tests/e2e/commission_site.c tests/e2e/commission_site.h $(CTL_RIG)

E2E_TESTS += tests/e2e/test_commission
tests_e2e_test_commission_SOURCES = tests/e2e/test_commission.c $(COMMISSION_SITE)
tests_e2e_test_commission_LDADD = libpoweropt-e2e.la

E2E_TESTS += tests/e2e/test_commission_steps
tests_e2e_test_commission_steps_SOURCES = tests/e2e/test_commission_steps.c $(COMMISSION_SITE)
tests_e2e_test_commission_steps_LDADD = libpoweropt-e2e.la

E2E_TESTS += tests/e2e/test_commission_real
tests_e2e_test_commission_real_LDADD = libpoweropt-e2e.la

E2E_TESTS += tests/e2e/test_ctl_watch
tests_e2e_test_ctl_watch_SOURCES = tests/e2e/test_ctl_watch.c $(CTL_RIG)
tests_e2e_test_ctl_watch_LDADD = libpoweropt-e2e.la

E2E_TESTS += tests/e2e/test_demo
tests_e2e_test_demo_SOURCES = tests/e2e/test_demo.c $(CTL_RIG)
tests_e2e_test_demo_LDADD = libpoweropt-e2e.la

# An hour of polls and faults, not a part of "make check": make check-endurance ENDURANCE_SECONDS=3600
EXTRA_PROGRAMS = tests/faults/endurance tests/property/month
tests_faults_endurance_SOURCES = tests/faults/endurance.c $(FAULT_ROWS)
tests_faults_endurance_LDADD = libpoweropt-e2e.la $(SYSTEMD_LIBS)

# And the regulator alone, in virtual time: ENDURANCE_DAYS=30 with each car.
tests_property_month_SOURCES = tests/property/month.c \
	tests/property/invariants.c tests/property/invariants.h tests/support.h
tests_property_month_LDADD = libpoweropt-sim.la $(CMOCKA_LIBS)

check-endurance: all
	$(MAKE) tests/faults/endurance tests/faults/poweroptd_edge tests/property/month
	tests/property/month
	tests/faults/endurance

# The page with what came of it.
endurance-page: all
	$(MAKE) tests/faults/endurance tests/faults/poweroptd_edge tests/property/month
	tests/property/month >tests/faults/month.tmp
	tests/faults/endurance tests/faults/hour.tmp
	$(SHELL) $(srcdir)/tests/faults/endurance.sh tests/faults/hour.tmp tests/faults/month.tmp \
		>tests/faults/page.tmp && mv tests/faults/page.tmp $(srcdir)/doc/endurance.md
.PHONY: check-endurance endurance-page
EXTRA_DIST += doc/endurance.md tests/faults/endurance.sh
CLEANFILES += tests/faults/hour.tmp tests/faults/month.tmp
CLEANFILES += $(EXTRA_PROGRAMS)

# How fast and how light, in figures beside their references: doc/performance.md. Not a part of
# "make check"; what is compared with is skipped where it is not installed: strace, valgrind, gnuplot,
# dbus-daemon, python3-pymodbus, mbpoll. As root, BENCH_REALTIME=1 keeps a busy machine out of it.
BENCH_RUN = /usr/bin/python3 -B
BENCH_DIR = tests/bench/performance
BENCH_PARTS = reaction cost memory wakeups growth
BENCH_TARGETS = bench-reaction bench-cost bench-memory bench-wakeups bench-growth
BENCH_HELPERS = $(BENCH_DIR)/bare_loop $(BENCH_DIR)/three_naps $(BENCH_DIR)/readers \
	$(BENCH_DIR)/fake_can.so $(BENCH_DIR)/wire_tap.so
BENCH_COMPILE = $(AM_V_CC)$(MKDIR_P) $(BENCH_DIR) && $(CC) -std=gnu17 -D_GNU_SOURCE -Wall -Wextra -O2
EXTRA_DIST += doc/performance.md doc/growth-poll-rate.svg doc/growth-can-period.svg \
	doc/growth-readers.svg \
	tests/bench/performance/bare_loop.c tests/bench/performance/cost.py \
	tests/bench/performance/fake_can.c tests/bench/performance/growth.py \
	tests/bench/performance/memory.py tests/bench/performance/page.py \
	tests/bench/performance/reaction.py tests/bench/performance/readers.c \
	tests/bench/performance/rig.py tests/bench/performance/script_minimalmodbus.py \
	tests/bench/performance/script_pymodbus.py tests/bench/performance/wakeups.py \
	tests/bench/performance/three_naps.c tests/bench/performance/wire_tap.c
CLEANFILES += $(BENCH_HELPERS)

$(BENCH_DIR)/bare_loop: $(srcdir)/tests/bench/performance/bare_loop.c
	$(BENCH_COMPILE) $(MODBUS_CFLAGS) -o $@ $(srcdir)/tests/bench/performance/bare_loop.c $(MODBUS_LIBS)

$(BENCH_DIR)/three_naps: $(srcdir)/tests/bench/performance/three_naps.c
	$(BENCH_COMPILE) -o $@ $(srcdir)/tests/bench/performance/three_naps.c

$(BENCH_DIR)/readers: $(srcdir)/tests/bench/performance/readers.c
	$(BENCH_COMPILE) $(SYSTEMD_CFLAGS) -o $@ $(srcdir)/tests/bench/performance/readers.c $(SYSTEMD_LIBS)

$(BENCH_DIR)/fake_can.so: $(srcdir)/tests/bench/performance/fake_can.c
	$(BENCH_COMPILE) -shared -fPIC -o $@ $(srcdir)/tests/bench/performance/fake_can.c

$(BENCH_DIR)/wire_tap.so: $(srcdir)/tests/bench/performance/wire_tap.c
	$(BENCH_COMPILE) -shared -fPIC -o $@ $(srcdir)/tests/bench/performance/wire_tap.c

$(BENCH_TARGETS): all $(BENCH_HELPERS)
	part=`echo $@ | $(SED) s/bench-//`; \
	$(BENCH_RUN) $(srcdir)/tests/bench/performance/$$part.py || test $$? -eq 77

# One after the other, each alone on the machine.
bench: all $(BENCH_HELPERS)
	for part in $(BENCH_PARTS); do $(MAKE) bench-$$part || exit 1; done
	cd $(BENCH_DIR) && $(BENCH_RUN) $(abs_srcdir)/tests/bench/performance/page.py \
		"$${BENCH_REALTIME:+BENCH_REALTIME=1 }$${BENCH_CHANGES:+BENCH_CHANGES=$$BENCH_CHANGES }$${BENCH_SECONDS:+BENCH_SECONDS=$$BENCH_SECONDS }make bench" \
		"$(CC) $(CFLAGS)" $(BENCH_PARTS:=.md) >page.tmp && \
		mv page.tmp $(abs_srcdir)/doc/performance.md
.PHONY: bench $(BENCH_TARGETS)

endif
