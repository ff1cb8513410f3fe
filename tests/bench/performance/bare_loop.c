/* SPDX-License-Identifier: MIT */
/*
 * The least that reads a meter: libmodbus, which waits for each answer, and nothing else.
 *
 *   bare_loop DEVICE POLLS
 */
#include <modbus.h>
#include <stdio.h>
#include <stdlib.h>

#define CURRENTS  0x500C
#define REGISTERS 6
#define BAUD_RATE 9600

int main(int argc, char *argv[])
{
	uint16_t registers[REGISTERS];
	int polls = argc > 2 ? atoi(argv[2]) : 0;
	modbus_t *line = argc > 2 ? modbus_new_rtu(argv[1], BAUD_RATE, 'N', 8, 1) : NULL;
	int good = 0;

	if (!line || modbus_set_slave(line, 1) < 0 || modbus_connect(line) < 0)
		return EXIT_FAILURE;
	for (int i = 0; i < polls; i++)
		good += modbus_read_registers(line, CURRENTS, REGISTERS, registers) == REGISTERS;
	printf("%d\n", good);
	modbus_close(line);
	modbus_free(line);
	return good == polls ? EXIT_SUCCESS : EXIT_FAILURE;
}
