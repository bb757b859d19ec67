# Where an administrator finds the parts. Paths under /etc and the units' folder do not follow the
# prefix: the units name them.
set(CONCERT_UNIT_DIR lib/systemd/system CACHE PATH "folder of systemd units, below the prefix")
install(TARGETS concertd concert-cron RUNTIME DESTINATION ${CMAKE_INSTALL_SBINDIR})
install(TARGETS concertctl RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES systemd/concertd.socket systemd/concertd.service systemd/concert-cron.service
              systemd/concert-cron.timer
        DESTINATION ${CONCERT_UNIT_DIR})
install(FILES systemd/concert-reservation.sysusers DESTINATION lib/sysusers.d RENAME concert-reservation.conf)
install(FILES systemd/concert-reservation.tmpfiles DESTINATION lib/tmpfiles.d RENAME concert-reservation.conf)
install(FILES systemd/concert.conf.example openapi.yaml sql/accounts.sql sql/grants.sql
        DESTINATION ${CMAKE_INSTALL_DATADIR}/concert-reservation)
install(PROGRAMS sql/concert-setup DESTINATION ${CMAKE_INSTALL_SBINDIR})
install(DIRECTORY sql/migrations DESTINATION ${CMAKE_INSTALL_DATADIR}/concert-reservation)
install(FILES nginx/concert-reservation.conf nginx/concert-reservation-tls.conf nginx/main-settings.conf
        DESTINATION ${CMAKE_INSTALL_DATADIR}/concert-reservation/nginx)
install(DIRECTORY nginx/snippets/ DESTINATION ${CMAKE_INSTALL_DATADIR}/concert-reservation/nginx/snippets)
